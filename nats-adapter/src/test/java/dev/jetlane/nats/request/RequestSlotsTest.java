// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The table of open requests, also when it is full and when its numbers start again. */
@Timeout(60)
class RequestSlotsTest {

  private final RequestSlots slots = new RequestSlots();

  private SentRecord open() {
    SentRecord request = SentRecord.always();
    request.startAt(System.nanoTime(), System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
    assertThat(slots.enlist(request, true)).isTrue();
    return request;
  }

  private List<Request<?>> visited() {
    List<Request<?>> visited = new ArrayList<>();
    slots.forEach(visited::add);
    return visited;
  }

  private void openAndRelease(int times) {
    for (int i = 0; i < times; i++) {
      slots.release(open());
    }
  }

  @Test
  void openRequestsAreVisitedOldestFirst() {
    SentRecord first = open();
    SentRecord released = open();
    SentRecord last = open();
    slots.release(released);
    assertThat(visited()).containsExactly(first, last);
    assertThat(slots.isEmpty()).isFalse();
    slots.release(first);
    slots.release(last);
    assertThat(visited()).isEmpty();
    assertThat(slots.isEmpty()).isTrue();
  }

  /** A request may wait for a minute while a million others come and go. */
  @Test
  void anOldRequestIsVisitedOnceAmongAnyNumberOfLaterOnes() {
    openAndRelease(7);
    SentRecord old = open();
    for (int later : new int[] {RequestSlots.COUNT - 1, 1, 1, RequestSlots.COUNT, 1_000}) {
      openAndRelease(later);
      assertThat(visited()).as("%d later requests", later).containsExactly(old);
      assertThat((Object) slots.request(old.token)).isSameAs(old);
    }
    SentRecord young = open();
    assertThat(visited()).containsExactlyInAnyOrder(old, young);
  }

  /** A late answer must not complete the request that has the slot by now. */
  @Test
  void aTokenIsThatOfOneRequestOnly() {
    SentRecord first = open();
    long token = first.token;
    slots.release(first);
    assertThat((Object) slots.request(token)).as("released").isNull();
    openAndRelease(RequestSlots.COUNT - 1);
    SentRecord next = open();
    assertThat(next.token).as("the same slot").isEqualTo(token + RequestSlots.COUNT);
    assertThat((Object) slots.request(token)).as("the old token").isNull();
    assertThat((Object) slots.request(next.token)).isSameAs(next);
  }

  @Test
  void aFullTableAcceptsARequestOnlyWhenASlotIsFree() {
    List<SentRecord> all = new ArrayList<>();
    for (int i = 0; i < RequestSlots.COUNT; i++) {
      all.add(open());
    }
    assertThat(visited()).hasSize(RequestSlots.COUNT).doesNotHaveDuplicates();
    SentRecord late = SentRecord.always();
    late.startAt(System.nanoTime(), System.nanoTime() - 1);
    assertThat(slots.enlist(late, true)).as("a full table").isFalse();
    late.startAt(System.nanoTime(), System.nanoTime() + TimeUnit.HOURS.toNanos(1));
    assertThat(slots.enlist(late, false)).as("a full table, without a wait").isFalse();
    slots.release(all.remove(12_345));
    late.startAt(System.nanoTime(), System.nanoTime() - 1);
    assertThat(slots.enlist(late, true)).as("the last free slot").isTrue();
    all.add(late);
    all.forEach(slots::release);
    assertThat(slots.isEmpty()).as("no refused request is counted").isTrue();
  }

  @Test
  void aRequestWaitsForASlotUntilItsDeadline() throws Exception {
    List<SentRecord> all = new ArrayList<>();
    for (int i = 0; i < RequestSlots.COUNT; i++) {
      all.add(open());
    }
    List<SentRecord> accepted = new ArrayList<>();
    Thread waiting = new Thread(() -> accepted.add(open()));
    waiting.start();
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    slots.release(all.get(0));
    waiting.join();
    assertThat(accepted).hasSize(1);
  }
}
