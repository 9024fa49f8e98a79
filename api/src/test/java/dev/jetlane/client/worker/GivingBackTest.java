// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GivingBackTest {

  private final List<RecordedDelivery> deliveries =
      Stream.generate(RecordedDelivery::new).limit(5).toList();

  private List<Integer> givenBack() {
    assertThat(GivingBack.of(deliveries)).isCompleted();
    return deliveries.stream().map(delivery -> delivery.sent.size()).toList();
  }

  @Test
  void givesBackAllTasksUnderALease() {
    deliveries.get(1).remaining = Duration.ZERO;
    assertThat(givenBack()).containsExactly(1, 0, 1, 1, 1);
  }

  @Test
  void withoutAConnectionOneTryIsEnoughForAll() {
    deliveries.get(1).failure = new QueueUnavailableException("down", null);
    assertThat(givenBack()).containsExactly(1, 1, 0, 0, 0);
    assertThat(deliveries)
        .extracting(delivery -> delivery.kept)
        .containsExactly(true, false, false, false, false);
  }

  /** A refusal concerns one task, such as one for which the partition has no room. */
  @Test
  void aRefusedTaskStopsNoOther() {
    for (TaskQueueException refusal :
        List.of(
            new QueueFullException("full", null), new QueueRejectedException("refused", null))) {
      deliveries.forEach(each -> each.sent.clear());
      deliveries.get(1).failure = refusal;
      assertThat(givenBack()).containsExactly(1, 1, 1, 1, 1);
      assertThat(deliveries)
          .extracting(delivery -> delivery.kept)
          .containsExactly(true, false, true, true, true);
    }
  }

  @Test
  void anInterruptedThreadGivesBackAll() {
    deliveries.forEach(each -> each.failure = new OutcomeUnknownException("interrupted", null));
    Thread.currentThread().interrupt();
    try {
      assertThat(givenBack()).containsExactly(1, 1, 1, 1, 1);
    } finally {
      boolean unused = Thread.interrupted();
    }
  }

  @Test
  void theFutureCompletesWithTheLastAnswer() {
    deliveries.forEach(each -> each.silent = true);
    CompletableFuture<Void> all = GivingBack.of(deliveries);
    for (RecordedDelivery each : deliveries) {
      assertThat(all).isNotDone();
      boolean unused = each.unanswered.remove().complete(Settlement.SETTLED);
    }
    assertThat(all).isCompleted();
    assertThat(deliveries).allMatch(each -> each.kept);
  }

  /** Otherwise the client would extend the lease of a task that no handler has. */
  @Test
  void aTaskThatIsRefusedLaterIsNoLongerKept() {
    deliveries.forEach(each -> each.silent = true);
    CompletableFuture<Void> all = GivingBack.of(deliveries);
    for (RecordedDelivery each : deliveries) {
      assertThat(each.kept).isTrue();
      boolean unused =
          each.unanswered
              .remove()
              .completeExceptionally(new QueueUnavailableException("down", null));
      assertThat(each.kept).isFalse();
    }
    assertThat(all).isCompleted();
  }

  @Test
  void nothingToGiveBackIsDone() {
    assertThat(GivingBack.of(List.of())).isCompleted();
  }
}
