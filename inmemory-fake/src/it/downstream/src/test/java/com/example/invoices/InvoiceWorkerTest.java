package com.example.invoices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InvoiceWorkerTest {

  private final ManualClock clock = new ManualClock();
  private final TaskQueue queue =
      InMemoryServer.create(clock).connect(QueueConfig.defaults().withMaxDeliveries(3));
  private final Partition invoices = queue.partition("invoices");
  private final List<String> sent = new ArrayList<>();
  private boolean mailServerDown;

  private final InvoiceWorker worker = new InvoiceWorker(invoices.puller(), this::send);

  private void send(String invoice) throws IOException {
    if (invoice.isEmpty()) {
      throw new IllegalArgumentException("empty invoice");
    }
    if (mailServerDown) {
      throw new IOException("mail server is down");
    }
    sent.add(invoice);
  }

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void sendsWhatIsThere() throws InterruptedException {
    invoices.push(Task.of("1", "first"));
    invoices.push(Task.of("2", "second"));

    assertThat(worker.workOnce(Duration.ZERO)).isEqualTo(2);

    assertThat(sent).containsExactly("first", "second");
    assertThat(invoices.stats().backlog()).isZero();
  }

  @Test
  void triesAgainAfterTenSecondsAndThenAfterTwenty() throws InterruptedException {
    invoices.push(Task.of("1", "first"));
    mailServerDown = true;
    worker.workOnce(Duration.ZERO);

    clock.advance(Duration.ofSeconds(9));
    assertThat(worker.workOnce(Duration.ZERO)).isZero();
    clock.advance(Duration.ofSeconds(1));
    assertThat(worker.workOnce(Duration.ZERO)).isEqualTo(1);

    mailServerDown = false;
    clock.advance(Duration.ofSeconds(20));
    worker.workOnce(Duration.ZERO);
    assertThat(sent).containsExactly("first");
  }

  @Test
  void putsAPoisonousInvoiceAside() throws InterruptedException {
    invoices.push(Task.of("bad", ""));
    invoices.push(Task.of("good", "good"));

    worker.workOnce(Duration.ZERO);

    assertThat(sent).containsExactly("good");
    assertThat(invoices.deadLetters().list(10))
        .extracting(DeadLetter::taskId, DeadLetter::reason)
        .containsExactly(org.assertj.core.api.Assertions.tuple("bad", "rejected: empty invoice"));
  }
}
