// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Worker.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pull and a pause at the same time. */
@Timeout(60)
class WorkloadRaceTest {

  private static final int ROUNDS = 1_000;

  private final Workload work = new Workload(2, 2, new FetchAhead(2, 0, FetchAhead.MOST));
  private final CyclicBarrier both = new CyclicBarrier(2);

  /** Calls both at the same time in each round, and returns the results of each. */
  private List<List<Integer>> race(IntUnaryOperator one, IntUnaryOperator other) throws Exception {
    List<FutureTask<List<Integer>>> threads = new ArrayList<>();
    for (IntUnaryOperator call : List.of(one, other)) {
      FutureTask<List<Integer>> thread =
          new FutureTask<>(
              () -> {
                List<Integer> results = new ArrayList<>();
                for (int round = 0; round < ROUNDS; round++) {
                  both.await(50, TimeUnit.SECONDS);
                  results.add(call.applyAsInt(round));
                  both.await(50, TimeUnit.SECONDS);
                  if (call == one) {
                    boolean unused = work.endFetch(List.of());
                    List<?> unused2 = work.change(State.PAUSED, State.RUNNING);
                  }
                }
                return results;
              });
      threads.add(thread);
      new Thread(thread, "racing").start();
    }
    List<List<Integer>> results = new ArrayList<>();
    for (FutureTask<List<Integer>> thread : threads) {
      results.add(thread.get(50, TimeUnit.SECONDS));
    }
    return results;
  }

  /** The pause looks for a pull that it has to end, so none may begin after it. */
  @Test
  void aPullBeginsBeforeAPauseOrNotAtAll() throws Exception {
    AtomicInteger begun = new AtomicInteger();
    List<List<Integer>> results =
        race(
            round -> work.beginFetch(() -> begun.set(round + 1)),
            round -> {
              List<?> unused = work.change(State.RUNNING, State.PAUSED);
              return begun.get();
            });
    for (int round = 0; round < ROUNDS; round++) {
      boolean pulls = results.get(0).get(round) > 0;
      boolean isSeen = results.get(1).get(round) == round + 1;
      assertThat(isSeen).as("the pause sees the pull of round %d", round).isEqualTo(pulls);
    }
  }
}
