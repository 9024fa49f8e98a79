// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.driver.Completion;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Each end of an asynchronous pull in parts. */
class PullPartsEndTest {

  private final Bench bench = new Bench();
  private final List<String> completed = new ArrayList<>();
  private final Queue<CompletableFuture<List<Delivery>>> parts = new ArrayDeque<>();

  /** Removes the deliveries of attempt 3. */
  private Function<List<Delivery>, List<Delivery>> sift =
      all -> all.stream().filter(each -> each.attempt() != 3).toList();

  private final Completion<List<Delivery>> completion =
      new Completion<>() {
        @Override
        public void succeeding(List<Delivery> result) {
          completed.add("succeeding " + result.size());
        }

        @Override
        public Throwable failing(Throwable error) {
          completed.add("failing " + error.getMessage());
          return error;
        }
      };

  private CompletableFuture<List<Delivery>> next() {
    CompletableFuture<List<Delivery>> next = parts.poll();
    if (next == null) {
      throw new IllegalStateException("no further part can begin");
    }
    return next;
  }

  private PullInParts<Delivery> start() {
    return PullInParts.start(completion, this::next, all -> sift.apply(all));
  }

  private List<Delivery> deliveries(int... attempts) {
    List<Delivery> all = new ArrayList<>();
    for (int attempt : attempts) {
      ScriptedLease lease = bench.lease();
      lease.attempt = attempt;
      all.add(bench.delivery(lease));
    }
    return all;
  }

  private CompletableFuture<List<Delivery>> done(int... attempts) {
    return CompletableFuture.completedFuture(deliveries(attempts));
  }

  private CompletableFuture<List<Delivery>> part() {
    CompletableFuture<List<Delivery>> part = new CompletableFuture<>();
    parts.add(part);
    return part;
  }

  @Test
  void itEndsWithTheFirstPartThatHasATask() {
    parts.addAll(List.of(done(3), done(3, 1, 3), done(1)));
    assertThat(start().join()).extracting(Delivery::attempt).containsExactly(1);
    assertThat(parts).hasSize(1);
    assertThat(completed).containsExactly("succeeding 1");
  }

  @Test
  void itEndsWithAnEmptyPart() {
    parts.addAll(List.of(done(3), done(), done(1)));
    assertThat(start().join()).isEmpty();
    assertThat(parts).hasSize(1);
    assertThat(completed).containsExactly("succeeding 0");
  }

  @Test
  void itContinuesAfterPartsThatWaited() {
    CompletableFuture<List<Delivery>> first = part();
    CompletableFuture<List<Delivery>> second = part();
    PullInParts<Delivery> pull = start();
    first.complete(deliveries(3));
    assertThat(pull).isNotDone();
    second.complete(deliveries(1));
    assertThat(pull.join()).hasSize(1);
    assertThat(completed).containsExactly("succeeding 1");
  }

  @Test
  void theErrorOfAnyPartIsItsError() {
    for (boolean waits : new boolean[] {false, true}) {
      completed.clear();
      parts.clear();
      parts.add(done(3));
      CompletableFuture<List<Delivery>> failed = part();
      if (!waits) {
        failed.completeExceptionally(new IllegalStateException("down"));
      }
      PullInParts<Delivery> pull = start();
      failed.completeExceptionally(new IllegalStateException("down"));
      assertThatThrownBy(pull::join).cause().hasMessage("down");
      assertThat(completed).as("waits: %s", waits).containsExactly("failing down");
    }
  }

  @Test
  void aFurtherPartThatCannotBeginIsItsError() {
    for (boolean waits : new boolean[] {false, true}) {
      completed.clear();
      CompletableFuture<List<Delivery>> first = part();
      if (!waits) {
        first.complete(deliveries(3));
      }
      PullInParts<Delivery> pull = start();
      first.complete(deliveries(3));
      assertThatThrownBy(pull::join).cause().hasMessage("no further part can begin");
      assertThat(completed).containsExactly("failing no further part can begin");
    }
  }

  @Test
  void aFirstPartThatCannotBeginIsThrown() {
    assertThatThrownBy(this::start).hasMessage("no further part can begin");
    assertThat(completed).isEmpty();
  }

  @Test
  void theErrorOfTheFilterIsItsError() {
    Error error = new NoClassDefFoundError("gone");
    sift =
        all -> {
          throw error;
        };
    parts.add(done(1));
    assertThatThrownBy(start()::join).hasCause(error);
    assertThat(completed).containsExactly("failing gone");
  }

  @Test
  void aPartWithoutAResultIsAnError() {
    parts.add(CompletableFuture.completedFuture(null));
    assertThatThrownBy(start()::join).cause().hasMessage("a pull without a result");
  }

  /** The tasks that a cancelled pull has leased are returned, and it begins no further part. */
  @Test
  void aCancelledPullReturnsWhatItHasAndPullsNoMore() {
    for (int attempt : new int[] {1, 3}) {
      completed.clear();
      parts.clear();
      List<Boolean> cancelled = new ArrayList<>();
      CompletableFuture<List<Delivery>> first =
          new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
              cancelled.add(mayInterrupt);
              return false;
            }
          };
      parts.addAll(List.of(first, done(1)));
      PullInParts<Delivery> pull = start();
      assertThat(pull.cancel(true)).isFalse();
      assertThat(cancelled).containsExactly(true);
      assertThat(pull).isNotDone();
      first.complete(deliveries(attempt));
      assertThat(pull.join()).hasSize(attempt == 1 ? 1 : 0);
      assertThat(parts).as("parts that did not begin").hasSize(1);
      assertThat(pull.cancel(false)).isFalse();
      assertThat(completed).hasSize(1);
    }
  }

  /** They are followed in a loop; recursion would overflow the stack. */
  @Test
  void thousandsOfPartsThatEndImmediatelyAreFollowed() {
    for (int i = 0; i < 20_000; i++) {
      parts.add(done(3));
    }
    CompletableFuture<List<Delivery>> first = new CompletableFuture<>();
    Queue<CompletableFuture<List<Delivery>>> all = new ArrayDeque<>(parts);
    parts.clear();
    parts.add(first);
    parts.addAll(all);
    parts.add(done(1));
    PullInParts<Delivery> pull = start();
    first.complete(deliveries(3));
    assertThat(pull.join()).hasSize(1);
  }
}
