// SPDX-License-Identifier: Apache-2.0
package com.example.invoices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.JetlaneExtension;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.inmemory.TaskSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InvoiceWorkerTest {

  private static final QueueConfig CONFIG = QueueConfig.defaults().withMaxDeliveries(4);

  @RegisterExtension
  static final JetlaneExtension JETLANE = new JetlaneExtension().withConfig(CONFIG);

  private final InMemoryServer server;
  private final ManualClock clock;
  private final Faults faults;
  private final Partition invoices;
  private final Puller puller;
  private final InvoiceWorker worker;
  private final List<String> sent = new CopyOnWriteArrayList<>();
  private volatile boolean mailServerDown;

  InvoiceWorkerTest(InMemoryServer server, ManualClock clock, Faults faults, TaskQueue queue) {
    this.server = server;
    this.clock = clock;
    this.faults = faults;
    invoices = queue.partition("invoices");
    puller = invoices.puller();
    worker = new InvoiceWorker(puller, this::send);
  }

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
  void closePuller() {
    puller.close();
  }

  private void push(String... payloads) {
    for (String payload : payloads) {
      invoices.push(Task.of("invoice-" + payload, payload));
    }
  }

  private int work() throws InterruptedException {
    return worker.workOnce(Duration.ZERO);
  }

  @Test
  void sendsWaitingInvoices() throws InterruptedException {
    push("1", "2");

    assertThat(work()).isEqualTo(2);

    assertThat(sent).containsExactly("1", "2");
    assertThat(server.tasks("invoices")).isEmpty();
  }

  @Test
  void pausesTwiceAsLongAfterEachFailure() throws InterruptedException {
    push("1");
    mailServerDown = true;
    for (int seconds : new int[] {10, 20, 40}) {
      assertThat(work()).isEqualTo(1);
      clock.advance(Duration.ofSeconds(seconds - 1));
      assertThat(work()).isZero();
      clock.advance(Duration.ofSeconds(1));
    }

    mailServerDown = false;
    work();
    assertThat(sent).containsExactly("1");
  }

  @Test
  void givesUpAfterFourFailures() throws InterruptedException {
    push("1");
    mailServerDown = true;
    while (clock.advanceToNext()) {
      work();
    }

    TaskSnapshot task = server.task("invoices", "invoice-1").orElseThrow();
    assertThat(task.state()).isEqualTo(TaskSnapshot.State.DEAD);
    assertThat(task.reason()).isEqualTo(DeadLetter.MAX_DELIVERIES);
    assertThat(task.attempts())
        .extracting(TaskSnapshot.Attempt::end)
        .containsExactly(
            "given back for later",
            "given back for later",
            "given back for later",
            "dead: max deliveries");
  }

  @Test
  void deadLettersAPoisonousInvoiceAndContinues() throws InterruptedException {
    push("", "good");

    work();

    assertThat(sent).containsExactly("good");
    assertThat(invoices.deadLetters().list(10))
        .extracting(DeadLetter::reason)
        .containsExactly("rejected: empty invoice");
  }

  @Test
  void sendsAgainWhenTheAckWasLost() throws InterruptedException {
    push("1");
    faults.loseNext(Faults.Call.ACK);
    work();

    clock.advance(CONFIG.lease());
    work();

    assertThat(sent).containsExactly("1", "1");
    assertThat(server.tasks("invoices")).isEmpty();
  }

  @Test
  void sendsOnceWhenOnlyTheConfirmationWasLost() throws InterruptedException {
    push("1");
    faults.loseNextConfirmation(Faults.Call.ACK);
    work();

    clock.advance(CONFIG.lease());
    assertThat(work()).isZero();

    assertThat(sent).containsExactly("1");
  }

  @Test
  void storesARepeatedPushOnce() throws InterruptedException {
    faults.loseNextConfirmation(Faults.Call.PUSH);
    assertThatThrownBy(() -> push("1")).isInstanceOf(OutcomeUnknownException.class);
    push("1");

    work();

    assertThat(sent).containsExactly("1");
  }

  @Test
  void continuesAfterAReconnect() throws InterruptedException {
    push("1");
    faults.disconnect();
    assertThatThrownBy(this::work).isInstanceOf(QueueUnavailableException.class);

    faults.reconnect();
    work();

    assertThat(sent).containsExactly("1");
  }

  @Test
  void workersShareTheLoadUntilTheyAreClosed() throws InterruptedException {
    Thread[] threads = new Thread[3];
    Puller[] pullers = new Puller[threads.length];
    for (int i = 0; i < threads.length; i++) {
      pullers[i] = invoices.puller();
      InvoiceWorker mine = new InvoiceWorker(pullers[i], this::send);
      threads[i] = new Thread(() -> runUninterrupted(mine));
      threads[i].start();
    }
    server.awaitWorkers(3);
    mailServerDown = true;
    push("1", "2", "3", "4");
    server.awaitWorkers(3);
    assertThat(sent).isEmpty();

    mailServerDown = false;
    clock.advance(Duration.ofSeconds(10));
    server.awaitWorkers(3);
    assertThat(sent).containsExactlyInAnyOrder("1", "2", "3", "4");

    for (int i = 0; i < threads.length; i++) {
      pullers[i].close();
      threads[i].join();
    }
  }

  @Test
  void sendsEachInvoiceAtLeastOnceDespiteFaults() throws InterruptedException {
    faults.randomly(10, 20261123);
    for (int i = 0; i < 50; i++) {
      String payload = Integer.toString(i);
      boolean stored = false;
      while (!stored) {
        try {
          push(payload);
          stored = true;
        } catch (QueueFullException | QueueUnavailableException | OutcomeUnknownException e) {
          clock.advance(Duration.ofSeconds(1));
        }
      }
    }
    do {
      try {
        work();
      } catch (QueueUnavailableException e) {
        clock.advance(Duration.ofSeconds(1));
      }
    } while (clock.advanceToNext());

    assertThat(sent.stream().distinct()).hasSize(50);
    assertThat(server.tasks("invoices")).isEmpty();
  }

  private static void runUninterrupted(InvoiceWorker worker) {
    try {
      worker.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
