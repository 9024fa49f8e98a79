// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TypedDelivery;
import dev.jetlane.UndecodableException;
import dev.jetlane.WorkerFailure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Pulls of values: undecodable tasks, the rest of the wait, and the log. */
class ClientTypedPullerTest {

  private final NoClassDefFoundError gone = new NoClassDefFoundError("gone");

  private final Codec<Integer> numbers =
      new Codec<>() {
        @Override
        public byte[] encode(Integer value) {
          return new byte[0];
        }

        @Override
        @SuppressWarnings("NullAway") // A codec may break its contract.
        public Integer decode(byte[] payload) {
          String text = new String(payload, StandardCharsets.UTF_8);
          if (text.equals("error")) {
            throw gone;
          }
          return text.equals("null") ? null : Integer.valueOf(text);
        }
      };

  private final List<WorkerFailure> logged = new ArrayList<>();
  private final StandingClock standing =
      new StandingClock() {
        @Override
        public void log(WorkerFailure failure) {
          logged.add(failure);
        }
      };

  private final Bench bench = new Bench();
  private final List<String> calls = new ArrayList<>();
  private final Queue<List<Delivery>> next = new ArrayDeque<>();
  private final Puller puller =
      new Puller() {
        @Override
        public List<Delivery> pull(int max, Duration wait) {
          calls.add("pull " + max + " " + wait);
          standing.advance(Duration.ofSeconds(2));
          List<Delivery> pulled = next.poll();
          return pulled == null ? List.of() : pulled;
        }

        @Override
        public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
          return CompletableFuture.completedFuture(pull(max, wait));
        }

        @Override
        public void close() {
          calls.add("close");
        }

        @Override
        public String toString() {
          return "Puller[p]";
        }
      };
  private final ClientTypedPuller<Integer> typed =
      new ClientTypedPuller<>(puller, numbers, standing);

  private ScriptedLease lease(String payload) {
    ScriptedLease lease = bench.lease();
    lease.payload = payload.getBytes(StandardCharsets.UTF_8);
    return lease;
  }

  private List<Delivery> delivered(ScriptedLease... leases) {
    List<Delivery> all = new ArrayList<>();
    for (ScriptedLease lease : leases) {
      all.add(bench.delivery(lease));
    }
    return all;
  }

  private List<TypedDelivery<Integer>> pull(boolean async) {
    try {
      return async
          ? typed.pullAsync(3, Duration.ofSeconds(5)).join()
          : typed.pull(3, Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void undecodableTasksAreDeadAndThePullGoesOnForTheRestOfItsWait() {
    for (boolean async : new boolean[] {false, true}) {
      calls.clear();
      logged.clear();
      ScriptedLease bad = lease("seven");
      ScriptedLease nothing = lease("null");
      ScriptedLease last = lease("x");
      ScriptedLease good = lease("7");
      next.addAll(List.of(delivered(bad), delivered(nothing), delivered(last), delivered(good)));
      List<TypedDelivery<Integer>> pulled = pull(async);
      assertThat(pulled).extracting(TypedDelivery::value).containsExactly(7);
      assertThat(pulled.get(0).delivery().payload()).isSameAs(good.payload);
      assertThat(calls)
          .as("the rest of the wait, never negative")
          .containsExactly("pull 3 PT5S", "pull 3 PT3S", "pull 3 PT1S", "pull 3 PT0S");
      assertThat(bad.sent.get(0))
          .startsWith("deadLetter dev.jetlane.UndecodableException: the payload of 5 bytes");
      assertThat(nothing.sent.get(0)).contains("the codec returned null");
      assertThat(good.sent).isEmpty();
      assertThat(logged).hasSize(3).allMatch(f -> f.kind() == WorkerFailure.Kind.DEAD_LETTERED);
    }
  }

  @Test
  void theOtherTasksOfAPullAreReturned() {
    for (boolean async : new boolean[] {false, true}) {
      ScriptedLease bad = lease("seven");
      next.add(delivered(lease("1"), bad, lease("2")));
      assertThat(pull(async)).extracting(TypedDelivery::value).containsExactly(1, 2);
      assertThat(bad.sent).hasSize(1);
    }
  }

  @Test
  void anEmptyPullEndsTheCall() {
    for (boolean async : new boolean[] {false, true}) {
      calls.clear();
      next.addAll(List.of(delivered(lease("x")), List.of(), delivered(lease("7"))));
      assertThat(pull(async)).isEmpty();
      assertThat(calls).hasSize(2);
      next.clear();
    }
  }

  @Test
  void aLetterThatCouldNotBeStoredIsLoggedWithItsReason() {
    for (boolean async : new boolean[] {false, true}) {
      logged.clear();
      ScriptedLease bad = lease("seven");
      bad.failure = new QueueUnavailableException("down", null);
      next.add(delivered(bad));
      assertThat(pull(async)).isEmpty();
      assertThat(logged).hasSize(1);
      WorkerFailure failure = logged.get(0);
      assertThat(failure.kind()).isEqualTo(WorkerFailure.Kind.ATTEMPT_FAILED);
      assertThat(failure.partition()).isEqualTo("p");
      assertThat(failure.delivery()).isNotNull();
      assertThat(failure.next()).contains("delivered again when its lease expires");
      assertThat(failure.cause())
          .isInstanceOfSatisfying(
              UndecodableException.class,
              cause ->
                  assertThat(cause.getSuppressed())
                      .singleElement()
                      .isInstanceOf(QueueUnavailableException.class));
    }
  }

  /** No caller has the task, so a lease that was kept would keep it from everyone. */
  @Test
  void theLeaseOfATaskThatNoCallerReceivesIsNotKeptAfterAFailure() {
    for (boolean async : new boolean[] {false, true}) {
      for (String payload : List.of("seven", "error")) {
        ScriptedLease bad = lease(payload);
        bad.failure = new QueueUnavailableException("down", null);
        ClientDelivery delivery = bench.delivery(bad);
        bench.keep(delivery, Bench.keeping());
        next.add(List.of(delivery));
        try {
          assertThat(pull(async)).isEmpty();
        } catch (NoClassDefFoundError | CompletionException ofTheCodec) {
          assertThat(payload).isEqualTo("error");
        }
        int sent = bad.sent.size();
        bad.failure = null;
        bench.advance(60);
        assertThat(bad.sent).as("%s, async: %s", payload, async).hasSize(sent);
      }
    }
  }

  /** The caller receives none of them. */
  @Test
  void afterAnErrorOfTheCodecAllTasksAreGivenBackWithAPause() {
    for (boolean async : new boolean[] {false, true}) {
      ScriptedLease first = lease("1");
      first.attempt = 1;
      ScriptedLease broken = lease("error");
      ScriptedLease after = lease("seven");
      after.attempt = 4;
      next.add(delivered(first, broken, after));
      assertThatThrownBy(() -> pull(async))
          .satisfies(e -> assertThat(e == gone || e.getCause() == gone).isTrue());
      assertThat(first.sent).as("async: %s", async).containsExactly("nak PT0S");
      assertThat(broken.sent).containsExactly("nak PT2S");
      assertThat(after.sent).containsExactly("nak PT4S");
    }
  }

  @Test
  void badWaitsAreRefusedBeforeAnyPull() {
    assertThatThrownBy(() -> typed.pull(1, Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> typed.pullAsync(1, Duration.ofDays(2)))
        .isInstanceOf(InvalidInputException.class);
    assertThat(calls).isEmpty();
  }

  @Test
  void itClosesItsPullerAndNamesIt() {
    typed.close();
    assertThat(calls).containsExactly("close");
    assertThat(typed).hasToString("TypedPuller[p]");
  }
}
