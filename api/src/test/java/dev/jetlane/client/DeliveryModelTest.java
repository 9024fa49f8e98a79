// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random calls on one delivery, compared with {@link DeliveryModel}: the result of each call, each
 * request to the driver with its urgency and its deadlines, each event, and the state after it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // An answer is the value of a call.
class DeliveryModelTest {

  private static final int RUNS = 1_500;
  private static final int CALLS = 25;

  /** How the driver answers the next request. */
  enum Answer {
    CONFIRMED,
    UNAVAILABLE,
    UNKNOWN,
    TOO_LATE,
    DEFECT,
    SILENT
  }

  private final List<String> sent = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private Answer next = Answer.CONFIRMED;
  private int attempt;
  private @Nullable Bench bench;

  private record Open(LeaseAction action, DriverFuture<Settlement> future) {}

  private final Deque<Open> open = new ArrayDeque<>();

  private final class ModelledLease implements Lease {

    private final long endNanos;
    private final StandingClock clock;

    ModelledLease(StandingClock clock) {
      this.clock = clock;
      endNanos = clock.nanoTime() + Bench.LEASE.toNanos();
    }

    @Override
    public DriverFuture<Settlement> start(
        LeaseAction action,
        Completion<? super Settlement> completion,
        Urgency urgency,
        long deadlineNanos) {
      Duration left = Duration.ofNanos(deadlineNanos - clock.nanoTime());
      long end = action.notAfterNanos();
      String until =
          end == Long.MAX_VALUE ? "ever" : "" + Duration.ofNanos(end - clock.startNanos());
      sent.add(shown(action) + " " + urgency + " by +" + left + " until " + until);
      DriverFuture<Settlement> future = new DriverFuture<>(completion);
      switch (next) {
        case CONFIRMED -> future.succeed(action.result());
        case SILENT -> open.add(new Open(action, future));
        case DEFECT -> throw new IllegalStateException("a defect");
        default -> future.fail(error(next));
      }
      return future;
    }

    @Override
    public String taskId() {
      return "task-7";
    }

    @Override
    public byte[] payload() {
      return new byte[0];
    }

    @Override
    public Map<String, String> headers() {
      return Map.of();
    }

    @Override
    public int attempt() {
      return attempt;
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public Instant storedAt() {
      return Instant.EPOCH;
    }

    @Override
    public long endNanos() {
      return endNanos;
    }
  }

  static TaskQueueException error(Answer answer) {
    return switch (answer) {
      case UNAVAILABLE -> new QueueUnavailableException("down", null);
      case UNKNOWN -> new OutcomeUnknownException("lost", null);
      default -> new LeaseExpiredException("late", null);
    };
  }

  static String shown(LeaseAction action) {
    if (action instanceof LeaseAction.Nak nak) {
      return "nak " + nak.delay();
    }
    if (action instanceof LeaseAction.MoveToDeadLetters move) {
      return "dead " + move.reason();
    }
    return action.describe();
  }

  private final class Recorder implements QueueListener {

    @Override
    public void acked(QueueEvent.Acked event) {
      told.add("acked " + event.late() + " " + event.held() + " " + event.took());
    }

    @Override
    public void givenBack(QueueEvent.GivenBack event) {
      told.add("givenBack " + event.delay() + " " + event.held() + " " + event.took());
    }

    @Override
    public void deadLettered(QueueEvent.DeadLettered event) {
      told.add("deadLettered " + event.reason() + " " + event.held() + " " + event.took());
    }

    @Override
    public void extended(QueueEvent.Extended event) {
      told.add("extended");
    }

    @Override
    public void exhausted(QueueEvent.Exhausted event) {
      told.add("exhausted " + event.partition() + " " + event.taskId());
    }

    @Override
    public void leaseLost(QueueEvent.LeaseLost event) {
      told.add("leaseLost");
    }

    @Override
    public void settleFailed(QueueEvent.SettleFailed event) {
      told.add("settleFailed " + shown(event.error()));
    }
  }

  private static String shown(@Nullable Throwable error) {
    if (error instanceof CompletionException) {
      return shown(error.getCause());
    }
    String of =
        error instanceof TaskQueueException known
            ? " " + known.partition().orElse("-") + " " + known.taskId().orElse("-")
            : "";
    return (error == null ? "nothing" : error.getClass().getSimpleName()) + of;
  }

  /** Returns the result of a call, of a future that has ended, or "waits". */
  private static String result(Supplier<?> call) {
    try {
      Object result = call.get();
      if (result instanceof CompletableFuture<?> future) {
        return future.isDone() ? "async " + future.join() : "waits";
      }
      return String.valueOf(result);
    } catch (CompletionException e) {
      return "async " + shown(e);
    } catch (RuntimeException e) {
      return shown(e);
    }
  }

  private void run(long seed, boolean listening) {
    Random random = new Random(seed);
    attempt = List.of(1, 2, 19, 20, 21).get(random.nextInt(5));
    Bench now = listening ? new Bench(new Recorder()) : new Bench();
    bench = now;
    sent.clear();
    told.clear();
    open.clear();
    List<String> calls = new ArrayList<>();
    ClientDelivery delivery = now.delivery(new ModelledLease(now.clock));
    delivery.handedOut(now.clock.nanoTime());
    DeliveryModel model = new DeliveryModel(attempt, listening);
    for (int i = 0; i < CALLS; i++) {
      Answer answer = Answer.values()[random.nextInt(Answer.values().length)];
      String call = pick(random);
      boolean waits = call.endsWith("Async") || call.equals("ackLater");
      next = answer == Answer.SILENT && !waits ? Answer.CONFIRMED : answer;
      calls.add(call + (call.equals("answer") ? " " + answer : " -> " + next));
      String wanted = model.call(call, next, answer, random.nextInt(4));
      String got = perform(delivery, model, call, answer);
      assertThat(List.of(got, sent, told, state(delivery)))
          .as("seed %s, attempt %s, listeners %s: %s", seed, attempt, listening, calls)
          .isEqualTo(List.of(wanted, model.sent, model.told, model.state()));
    }
  }

  private static String pick(Random random) {
    List<String> names =
        Arrays.asList(
            "ack",
            "ackAsync",
            "ackLater",
            "nak",
            "nakAsync",
            "release",
            "releaseAsync",
            "deadLetter",
            "deadLetterAsync",
            "extend",
            "extendAsync",
            "extendAsync",
            "extend",
            "close",
            "pass",
            "pass",
            "pass",
            "answer",
            "answer",
            "answer");
    return random.nextInt(60) == 0 ? "end" : names.get(random.nextInt(names.size()));
  }

  private String perform(ClientDelivery delivery, DeliveryModel model, String call, Answer answer) {
    Duration delay = Duration.ofSeconds(2);
    return switch (call) {
      case "ack" -> result(delivery::ack);
      case "ackAsync" -> result(delivery::ackAsync);
      case "ackLater" -> result(delivery::ackLater);
      case "nak" -> result(() -> delivery.nak(delay));
      case "nakAsync" -> result(() -> delivery.nakAsync(delay));
      case "release" -> result(delivery::release);
      case "releaseAsync" -> result(delivery::releaseAsync);
      case "deadLetter" -> result(() -> delivery.deadLetter("bad"));
      case "deadLetterAsync" -> result(() -> delivery.deadLetterAsync("bad"));
      case "extend" -> result(delivery::extend);
      case "extendAsync" -> result(delivery::extendAsync);
      case "close" ->
          result(
              () -> {
                delivery.close();
                return "closed";
              });
      case "pass" -> pass(model);
      case "answer" -> answer(answer);
      default -> end();
    };
  }

  private String pass(DeliveryModel model) {
    bench().clock.advance(model.passed);
    return "passed";
  }

  private Bench bench() {
    Bench now = bench;
    if (now == null) {
      throw new AssertionError("no run");
    }
    return now;
  }

  private String end() {
    bench().session.close();
    return "ended";
  }

  private String answer(Answer answer) {
    Open first = open.poll();
    if (first == null) {
      return "nothing to answer";
    }
    return result(
        () -> {
          if (answer == Answer.CONFIRMED || answer == Answer.SILENT) {
            first.future.succeed(first.action.result());
          } else if (answer == Answer.DEFECT) {
            first.future.fail(new IllegalStateException("a defect"));
          } else {
            first.future.fail(error(answer));
          }
          return "answered";
        });
  }

  private static String state(ClientDelivery delivery) {
    return delivery.isOpen() + " " + delivery.leaseRemaining() + " " + delivery.leaseExpired();
  }

  @Test
  void aDeliveryWithListenersIsAsItsModel() {
    for (int seed = 0; seed < RUNS; seed++) {
      run(seed, true);
    }
  }

  @Test
  void aDeliveryWithoutListenersIsAsItsModel() {
    for (int seed = 0; seed < RUNS; seed++) {
      run(seed, false);
    }
  }

  /** The keeper's extension ends by the request timeout from its own time. */
  @Test
  void anExtensionOfTheKeeperIsPipelinedUntilTheEndOfTheLease() {
    attempt = 1;
    Bench now = new Bench(new Recorder());
    ClientDelivery delivery = now.delivery(new ModelledLease(now.clock));
    now.advance(2);
    assertThat(delivery.extendKept(now.clock.nanoTime())).isCompleted();
    assertThat(sent).containsExactly("extend PIPELINED by +PT5S until PT12S");
    assertThat(delivery.leaseRemaining()).isEqualTo(Bench.LEASE);
    assertThat(told).as("extensions of the keeper are no events").isEmpty();
  }
}
