package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A pull that waits holds no thread. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class IdleWorkersTest {

  private static final int PARTITIONS = 100;
  private static final int WORKERS_EACH = 10;
  private static final int FEW = 10;

  @AutoClose private final NatsServer server = NatsServer.start();

  /** Those of the adapter; jnats has its own for each connection. */
  private static Set<Thread> ours() {
    Set<Thread> ours = new HashSet<>(Thread.getAllStackTraces().keySet());
    ours.removeIf(thread -> !thread.getName().startsWith("jetlane-nats"));
    return ours;
  }

  private static boolean allWait(JetStreamManagement management, String stream) {
    try {
      for (int i = 0; i < PARTITIONS; i++) {
        if (management.getConsumerInfo(stream, "p" + i).getNumWaiting() < WORKERS_EACH) {
          return false;
        }
      }
      return true;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aThousandIdleWorkersShareAFewThreads() throws Exception {
    Set<Thread> before = ours();
    NatsOptions options = TestQueues.options(server);
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    List<Worker> workers = new ArrayList<>();
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Nats.connect(server.url())) {
      List<Partition> partitions = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i++) {
        partitions.add(queue.partition("p" + i));
        for (int j = 0; j < WORKERS_EACH; j++) {
          workers.add(
              partitions
                  .get(i)
                  .work(delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(1)));
        }
      }
      JetStreamManagement management = nc.jetStreamManagement();
      TestQueues.await("a request of each worker", () -> allWait(management, options.stream()));
      Set<Thread> running = ours();
      running.removeAll(before);
      assertThat(running).hasSizeLessThanOrEqualTo(FEW);
      for (int i = 0; i < PARTITIONS; i++) {
        TestQueues.pushed(partitions.get(i), Task.of("t" + i, ""));
      }
      TestQueues.await("every task", () -> handled.size() == PARTITIONS);
      assertThat(workers).allMatch(worker -> worker.health().ready());
    }
    assertThat(workers).allMatch(worker -> worker.state() == Worker.State.CLOSED);
  }
}
