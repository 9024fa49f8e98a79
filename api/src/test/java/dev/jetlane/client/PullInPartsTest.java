// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.driver.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class PullInPartsTest {

  private final Bench bench = new Bench();
  private final CompletableFuture<List<Delivery>> first = new CompletableFuture<>();
  private final CompletableFuture<List<Delivery>> second = new CompletableFuture<>();
  private Supplier<CompletableFuture<List<Delivery>>> next = () -> first;

  /** A pull whose tasks may not be handed out. */
  private PullInParts<Delivery> start() {
    return PullInParts.start(Completion.none(), () -> next.get(), all -> List.of());
  }

  private void endFirst() {
    boolean unused = first.complete(new ArrayList<>(List.of(bench.delivery(bench.lease()))));
  }

  @Test
  void aCancelEndsTheCurrentPart() {
    PullInParts<Delivery> pull = start();
    next = () -> second;
    endFirst();
    assertThat(second).isNotDone();
    boolean unused = pull.cancel(true);
    assertThat(second).isCancelled();
  }

  /** Otherwise the pull would wait to its end, and lease a task without a handler for it. */
  @Test
  void aCancelWhileAPartBeginsEndsThatPart() {
    PullInParts<Delivery> pull = start();
    next =
        () -> {
          boolean unused = pull.cancel(true);
          return second;
        };
    endFirst();
    assertThat(second).isCancelled();
  }
}
