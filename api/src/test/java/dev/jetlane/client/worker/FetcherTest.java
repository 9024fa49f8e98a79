// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Worker.State;
import dev.jetlane.client.StandingClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FetcherTest {

  private static final Duration LOOK = Duration.ofMillis(100);

  private final StandingClock clock = new StandingClock();
  private final List<CompletableFuture<List<Delivery>>> pulls = new ArrayList<>();
  private final List<RecordedDelivery> deliveries =
      Stream.generate(RecordedDelivery::new).limit(10).toList();

  private Runnable whileSending = () -> {};

  private Fetcher fetcher(Workload work, boolean adaptive) {
    TaskSource source =
        new TaskSource() {
          @Override
          public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
            whileSending.run();
            pulls.add(new CompletableFuture<>());
            return pulls.get(pulls.size() - 1);
          }

          @Override
          public void completeOn(Executor threads) {}

          @Override
          public void close() {}
        };
    return new Fetcher(
        new WorkerContext(
            "p", clock, Duration.ofSeconds(30), 20, 1, delivery -> Handling.NONE, worker -> {}),
        source,
        work,
        new Steps(() -> {}),
        new Agenda(clock),
        new WorkerReports("p", failure -> {}, clock),
        adaptive,
        () -> {},
        why -> {});
  }

  private static Workload work(int places, int fixedAhead) {
    return new Workload(places, 1, new FetchAhead(places, fixedAhead, FetchAhead.MOST));
  }

  private HandlerRun taken(Workload work) {
    return Objects.requireNonNull(
        work.take(true, each -> new HandlerRun(each, clock.nanoTime())), "nothing is ahead");
  }

  private void come(int count) {
    pulls.get(pulls.size() - 1).complete(List.copyOf(deliveries.subList(0, count)));
  }

  private long givenBack() {
    return deliveries.stream().filter(each -> each.sent.contains("release")).count();
  }

  @Test
  void tasksThatComeAfterAPauseAreGivenBack() {
    Workload work = work(4, 0);
    fetcher(work, false).fetch();
    assertThat(work.change(State.RUNNING, State.PAUSED)).isEmpty();
    come(2);
    assertThat(givenBack()).isEqualTo(2);
    assertThat(work.ahead()).isZero();
  }

  /** Otherwise the pause would return, and the pull would then lease the next task. */
  @Test
  void aPullThatIsBeingSentIsCancelledByAPauseThatWaitsForIt() {
    Workload work = work(4, 0);
    Fetcher fetcher = fetcher(work, false);
    List<CompletableFuture<Void>> cancelled = new ArrayList<>();
    whileSending =
        () -> {
          assertThat(work.change(State.RUNNING, State.PAUSED)).isEmpty();
          cancelled.add(fetcher.cancel());
          assertThat(cancelled.get(0)).isNotDone();
        };
    fetcher.fetch();
    assertThat(pulls.get(0)).isCancelled();
    assertThat(cancelled.get(0)).isDone();
  }

  @Test
  void moreAreFetchedOnceHalfOfThoseAheadAreUsedUp() {
    Workload work = work(1, 8);
    Fetcher fetcher = fetcher(work, false);
    fetcher.fetch();
    come(9);
    for (int left = 8; left >= 4; left--) {
      fetcher.fetch();
      assertThat(pulls).as("with %d ahead", left + 1).hasSize(1);
      work.ended(taken(work), clock.nanoTime());
    }
    fetcher.fetch();
    assertThat(pulls).hasSize(2);
  }

  /** The handlers are quick at first; a later check finds that they have become slow. */
  @Test
  void surplusTasksAreGivenBackAtAnyTime() {
    Workload work = work(2, -1);
    Fetcher fetcher = fetcher(work, true);
    fetcher.fetch();
    come(10);
    HandlerRun slow = taken(work);
    clock.advance(LOOK.minusMillis(2));
    HandlerRun quick = taken(work);
    clock.advance(Duration.ofMillis(1));
    work.ended(quick, clock.nanoTime());
    clock.advance(Duration.ofMillis(2));
    assertThat(givenBack()).as("at the first look").isZero();
    clock.advance(LOOK.multipliedBy(2));
    assertThat(work.runs()).containsExactly(slow);
    assertThat(givenBack()).isEqualTo(6);
  }

  private void fail() {
    pulls.get(pulls.size() - 1).completeExceptionally(new QueueUnavailableException("away", null));
  }

  /** The pauses between failed pulls grow, and start again after a success. */
  @Test
  void afterASuccessTheFirstPauseIsShortAgain() {
    Fetcher fetcher = fetcher(work(4, 0), false);
    fetcher.fetch();
    fail();
    clock.advance(Duration.ofMillis(99));
    assertThat(pulls).hasSize(1);
    clock.advance(Duration.ofMillis(1));
    assertThat(pulls).hasSize(2);
    fail();
    clock.advance(Duration.ofMillis(199));
    assertThat(pulls).hasSize(2);
    clock.advance(Duration.ofMillis(1));
    assertThat(pulls).hasSize(3);
    come(0);
    assertThat(pulls).hasSize(4);
    fail();
    clock.advance(Duration.ofMillis(100));
    assertThat(pulls).hasSize(5);
  }
}
