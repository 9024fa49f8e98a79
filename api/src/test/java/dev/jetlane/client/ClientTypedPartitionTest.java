// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.TaskQueue;
import dev.jetlane.TypedPartition;
import dev.jetlane.UndecodableException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The encoding of values, and what a typed partition passes to its partition. */
@SuppressWarnings("FutureReturnValueIgnored") // An answer is the value of a call.
class ClientTypedPartitionTest {

  private final IOException broken = new IOException("broken");

  private final RecordedDriver driver = new RecordedDriver();
  private final Partition partition = driver.open(QueueConfig.defaults()).partition("p");
  private final TypedPartition<String> typed = partition.typed(Codec.text());

  private Codec<String> encoding(boolean fails) {
    return new Codec<>() {
      @Override
      @SuppressWarnings("NullAway") // A codec may break its contract.
      public byte[] encode(String value) throws Exception {
        if (fails) {
          throw broken;
        }
        return null;
      }

      @Override
      public String decode(byte[] payload) {
        return "";
      }
    };
  }

  @Test
  void aValueIsPushedInBothForms() {
    assertThat(typed.push("a", "text").taskId()).isEqualTo("a");
    assertThat(typed.pushAsync("b", "text").join().taskId()).isEqualTo("b");
    assertThat(typed.task("c", "text").payload()).containsExactly('t', 'e', 'x', 't');
    assertThat(typed.untyped()).isSameAs(partition);
    assertThat(typed).hasToString("TypedPartition[p]");
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void aValueThatCannotBeEncodedIsRefusedByItsClass() {
    for (boolean fails : new boolean[] {false, true}) {
      assertThatThrownBy(() -> partition.typed(encoding(fails)).task("a", "secret"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("value class java.lang.String: must be encodable by its codec")
          .hasCause(fails ? broken : null);
    }
    assertThatThrownBy(() -> typed.task("a", null)).hasMessage("value null: must not be null");
    assertThatThrownBy(() -> typed.task("a b", "text"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("task id");
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void nullIsRefusedBeforeAPullerIsOpened() {
    driver.calls.clear();
    WorkerOptions options = WorkerOptions.defaults();
    assertThatThrownBy(() -> partition.typed(null)).hasMessageStartingWith("codec null");
    assertThatThrownBy(() -> typed.work(null, options)).hasMessageStartingWith("handler null");
    assertThatThrownBy(() -> typed.workAsync(null, options)).hasMessageStartingWith("handler null");
    assertThatThrownBy(() -> typed.work((value, task) -> {}, null))
        .hasMessageStartingWith("worker options null");
    assertThatThrownBy(() -> typed.workAsync((value, task) -> null, null))
        .hasMessageStartingWith("worker options null");
    assertThatThrownBy(() -> partition.work(null, options)).hasMessageStartingWith("handler null");
    assertThatThrownBy(() -> partition.workAsync(null, options))
        .hasMessageStartingWith("handler null");
    assertThatThrownBy(() -> partition.workBatches(null, 1, Duration.ofSeconds(1), options))
        .hasMessageStartingWith("handler null");
    assertThatThrownBy(() -> partition.work(task -> {}, null))
        .hasMessageStartingWith("worker options null");
    assertThatThrownBy(() -> partition.puller(null)).hasMessageStartingWith("pull options null");
    assertThatThrownBy(() -> partition.pushAll(null)).hasMessageStartingWith("tasks null");
    assertThatThrownBy(() -> partition.pushAtomically(null)).hasMessageStartingWith("tasks null");
    assertThatThrownBy(() -> partition.ackAll(null)).hasMessageStartingWith("deliveries null");
    assertThat(driver.calls).isEmpty();
  }

  /** The options of the caller, except that undecodable tasks are not retried. */
  @Test
  void aWorkerReceivesTheOptionsOfItsCaller() {
    List<WorkerOptions> received = new ArrayList<>();
    Partition recording =
        (Partition)
            Proxy.newProxyInstance(
                Partition.class.getClassLoader(),
                new Class<?>[] {Partition.class},
                (proxy, method, arguments) -> {
                  received.add((WorkerOptions) arguments[1]);
                  return null;
                });
    ClientTypedPartition<String> over =
        new ClientTypedPartition<>(recording, Codec.text(), driver.clock);
    WorkerOptions options =
        WorkerOptions.concurrency(3).withRetryPolicy(RetryPolicy.fixed(Duration.ofSeconds(7)));
    var unused = over.work((value, task) -> {}, options);
    var unused2 =
        over.workAsync((value, task) -> CompletableFuture.completedStage("done"), options);
    assertThat(received).hasSize(2);
    for (WorkerOptions each : received) {
      assertThat(each).hasToString(options.toString());
      RetryPolicy policy = each.retryPolicy();
      assertThat(policy.delay(1, new UndecodableException(1, null))).isEmpty();
      assertThat(policy.delay(1, new IOException())).contains(Duration.ofSeconds(7));
    }
  }

  @Test
  void aPullerReceivesItsOptions() {
    driver.calls.clear();
    PullOptions options = PullOptions.defaults().withPrefetch(7);
    try (var puller = typed.puller(options)) {
      assertThat(puller).hasToString("TypedPuller[p]");
    }
    assertThat(driver.calls.get(0)).isEqualTo("PartitionDriver.openPull " + options + " at +PT5S");
    driver.calls.clear();
    try (var first = typed.puller();
        var second = partition.puller()) {
      assertThat(driver.calls)
          .hasSize(2)
          .containsOnly("PartitionDriver.openPull " + PullOptions.defaults() + " at +PT5S");
      assertThat(first.toString()).isEqualTo("Typed" + second);
    }
  }

  /** A queue may serve the pulls of workers in another way. */
  @Test
  void onlyThePullerOfAWorkerIsToldSoAndBeforeItsFirstPull() {
    pullsWait();
    WorkerOptions options = WorkerOptions.concurrency(1).withExecutor(Runnable::run);
    List<Supplier<Worker>> works =
        List.of(
            () -> partition.work(task -> {}, options),
            () -> partition.workAsync(task -> CompletableFuture.completedStage("done"), options),
            () -> partition.workBatches(tasks -> Map.of(), 2, Duration.ofSeconds(1), options));
    for (Supplier<Worker> work : works) {
      driver.calls.clear();
      assertThat(work.get().state()).isEqualTo(Worker.State.RUNNING);
      assertThat(driver.calls)
          .extracting(call -> call.split(" ", 2)[0])
          .containsExactly(
              "PartitionDriver.openPull",
              "PullDriver.ofWorker",
              "PartitionDriver.workerWait",
              "PullDriver.pullAsync");
    }
    driver.calls.clear();
    try (var unused = partition.puller()) {
      assertThat(driver.calls).hasSize(1);
    }
  }

  /** Otherwise a queue keeps all workers that it ever had, and closes their pullers again. */
  @Test
  void theQueueForgetsAWorkerThatHasEndedEvenWhileItWasStarted() throws InterruptedException {
    TaskQueue own = driver.open(QueueConfig.defaults());
    Partition other = own.partition("q");
    WorkerOptions options =
        WorkerOptions.concurrency(1).withExecutor(Runnable::run).withFailureListener(failure -> {});
    pullsWait();
    assertThat(other.work(task -> {}, options).drain(Duration.ZERO)).isTrue();
    driver.fails("PullDriver.pullAsync", new QueueClosedException("closed", null));
    Worker ended = other.work(task -> {}, options);
    assertThat(ended.state()).isEqualTo(Worker.State.CLOSED);
    driver.calls.clear();
    own.close();
    assertThat(driver.calls).containsExactly("QueueDriver.close at +PT5S");
  }

  /** The number of deliveries and that of priorities are both small numbers. */
  @Test
  void theLastAttemptIsThatOfTheSettings() {
    QueueConfig config = QueueConfig.defaults().withMaxDeliveries(3).withPriorities(2);
    Partition other = driver.open(config).partition("q");
    List<DriverFuture<List<Delivery>>> pulls = new ArrayList<>();
    pullsWait();
    driver.answers.put(
        "PullDriver.pullAsync",
        arguments -> {
          pulls.add(new DriverFuture<>(Completion.none()));
          return pulls.get(pulls.size() - 1);
        });
    Worker unused =
        other.work(
            task -> {
              throw new IllegalStateException("bad");
            },
            WorkerOptions.concurrency(1)
                .withExecutor(Runnable::run)
                .withRetryPolicy(RetryPolicy.fixed(Duration.ofSeconds(7)))
                .withFailureListener(failure -> {}));
    List<String> sent = new ArrayList<>();
    for (int attempt = 1; attempt <= 3; attempt++) {
      ScriptedLease lease = driver.lease();
      lease.attempt = attempt;
      pulls.get(pulls.size() - 1).succeed(new ArrayList<>(List.of(driver.delivery(lease))));
      sent.addAll(lease.sent);
    }
    assertThat(sent)
        .containsExactly("nak PT7S", "nak PT7S", "deadLetter java.lang.IllegalStateException: bad");
  }

  private void pullsWait() {
    driver.answers.put("PartitionDriver.workerWait", arguments -> Duration.ofSeconds(4));
    driver.answers.put(
        "PullDriver.pullAsync", arguments -> new DriverFuture<List<Delivery>>(Completion.none()));
  }

  @Test
  void theKeepingOfAWorkerIsThatOfItsPuller() {
    driver.calls.clear();
    WorkerOptions options =
        WorkerOptions.concurrency(1)
            .withKeepFor(Duration.ofSeconds(50))
            .withKeepEvery(Duration.ofSeconds(3));
    driver.fails("PartitionDriver.openPull", new QueueUnavailableException("down", null));
    List<Runnable> works =
        List.of(
            () -> partition.work(task -> {}, options),
            () -> partition.workAsync(task -> CompletableFuture.completedStage("done"), options),
            () -> partition.workBatches(tasks -> Map.of(), 2, Duration.ofSeconds(1), options));
    for (Runnable work : works) {
      assertThatThrownBy(work::run).isInstanceOf(QueueUnavailableException.class);
    }
    assertThat(driver.calls)
        .hasSize(3)
        .containsOnly(
            "PartitionDriver.openPull PullOptions[prefetch=0, confirmAcks=true, keepFor=PT50S,"
                + " keepEvery=PT3S, maxBytes=16777216] at +PT5S");
    assertThatThrownBy(
            () ->
                partition.work(
                    task -> {}, options.withKeepEvery(Duration.ofSeconds(6).plusNanos(1))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("interval of lease extensions");
  }
}
