// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.QueueDriver;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The close of a queue with waiting workers, over a driver whose pulls end as scripted. */
@Timeout(30)
class ClientQueueTest {

  private static final Duration LEASE = Duration.ofSeconds(12);

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final DriverClock clock = DriverClock.ofMachine(timer);
  private final List<String> calls = new ArrayList<>();
  private final ScriptedLease lease = new ScriptedLease(new StandingClock(), LEASE);

  /** Whether a pull brings a task a moment after it was closed. */
  private boolean late;

  @AfterEach
  void end() {
    timer.shutdownNow();
  }

  private TaskQueue open() {
    return Queues.open(QueueConfig.defaults(), List.of(), events -> driver());
  }

  @SuppressWarnings("unchecked")
  private QueueDriver driver() {
    return stub(
        QueueDriver.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "clock" -> clock;
              case "requestTimeout" -> Duration.ofSeconds(5);
              case "openPartition" -> partition((String) arguments[0]);
              default -> null;
            });
  }

  @SuppressWarnings("unchecked")
  private PartitionDriver partition(String name) {
    return stub(
        PartitionDriver.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "clock" -> clock;
              case "lease" -> LEASE;
              case "workerWait" -> Duration.ofHours(1);
              case "openPull" -> {
                assertThat(arguments[0]).isInstanceOf(PullOptions.class);
                yield new Pull(name, (Function<Lease, LeasedDelivery>) arguments[1]);
              }
              default -> throw new UnsupportedOperationException(method.getName());
            });
  }

  private static <T> T stub(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** A pull that waits until it is closed. */
  private final class Pull implements PullDriver {

    private final String name;
    private final Function<Lease, LeasedDelivery> deliveries;
    private DriverFuture<List<Delivery>> waiting = new DriverFuture<>(Completion.none());

    Pull(String name, Function<Lease, LeasedDelivery> deliveries) {
      this.name = name;
      this.deliveries = deliveries;
    }

    @Override
    public List<Delivery> pull(int max, long maxBytes, long untilNanos) {
      throw new UnsupportedOperationException("workers pull without a thread");
    }

    @Override
    public DriverFuture<List<Delivery>> pullAsync(
        int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
      waiting =
          new DriverFuture<>(completion) {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
              calls.add("cancel " + name);
              return false;
            }
          };
      return waiting;
    }

    @Override
    public void close(long deadlineNanos) {
      calls.add("close " + name);
      if (late) {
        timer.execute(this::bring);
      } else {
        waiting.succeed(new ArrayList<>());
      }
    }

    private void bring() {
      waiting.succeed(new ArrayList<>(List.of(deliveries.apply(lease))));
    }
  }

  /** A withdrawal is an exchange with a server: those of many workers overlap. */
  @Test
  void theCloseEndsThePullsOfAllWorkersBeforeItWaitsForOne() {
    List<Worker> workers = new ArrayList<>();
    try (TaskQueue queue = open()) {
      for (String name : List.of("a", "b", "c")) {
        workers.add(queue.partition(name).work(task -> {}, WorkerOptions.concurrency(1)));
      }
    }
    assertThat(calls.subList(0, 3)).allMatch(call -> call.startsWith("cancel"));
    assertThat(calls).contains("close a", "close b", "close c");
    assertThat(workers).allMatch(worker -> worker.state() == Worker.State.CLOSED);
  }

  /** A closed queue refuses settlements, so that the task would wait for the end of its lease. */
  @Test
  void aTaskThatComesWhileItsPullEndsIsGivenBack() {
    late = true;
    try (TaskQueue queue = open()) {
      Worker unused = queue.partition("a").work(task -> {}, WorkerOptions.concurrency(1));
    }
    assertThat(lease.sent).containsExactly("nak PT0S");
  }
}
