// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DueHeapTest {

  private static final class Thing implements DueHeap.Item {

    private int index = NOWHERE;
    private long dueNanos;
    private boolean over;

    @Override
    public int index() {
      return index;
    }

    @Override
    public void setIndex(int value) {
      index = value;
    }

    @Override
    public long dueNanos() {
      return dueNanos;
    }

    @Override
    public void setDueNanos(long nanos) {
      dueNanos = nanos;
    }

    @Override
    public boolean isOver() {
      return over;
    }
  }

  private final DueHeap<Thing> heap = new DueHeap<>();

  @Test
  void theEarliestItemIsAlwaysFirst() {
    Random random = new Random(3);
    // Around the overflow, which a monotonic clock may reach.
    long start = Long.MAX_VALUE - 50;
    List<Thing> in = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      Thing thing =
          in.isEmpty() || random.nextInt(3) == 0 ? new Thing() : in.get(random.nextInt(in.size()));
      switch (random.nextInt(6)) {
        case 0 -> {
          heap.remove(thing);
          in.remove(thing);
        }
        case 1 -> {
          thing.over = in.remove(thing);
          if (random.nextBoolean()) {
            heap.removeOver();
          }
        }
        default -> {
          heap.put(thing, start + random.nextInt(100));
          if (!in.contains(thing)) {
            in.add(thing);
          }
        }
      }
      assertThat(due(heap.first(), start)).isEqualTo(earliest(in, start));
    }
    heap.removeOver();
    assertThat(heap.size()).isEqualTo(in.size());
    heap.clear();
    assertThat(in).allMatch(thing -> thing.index == DueHeap.Item.NOWHERE);
    assertThat(heap.first()).isNull();
  }

  /** The item that fills the hole may belong above it, or below it. */
  @Test
  void theOthersLeaveInTheirOrderAfterRemovalsInTheMiddle() {
    Random random = new Random(5);
    for (int round = 0; round < 300; round++) {
      List<Thing> in = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        Thing thing = new Thing();
        in.add(thing);
        heap.put(thing, random.nextInt(1_000));
      }
      for (int i = 0; i < 30; i++) {
        heap.remove(in.remove(random.nextInt(in.size())));
      }
      List<Long> left = new ArrayList<>();
      for (Thing first = heap.first(); first != null; first = heap.first()) {
        left.add(first.dueNanos);
        heap.remove(first);
      }
      assertThat(left).as("round %d", round).hasSize(30).isSorted();
    }
  }

  private static long due(@Nullable Thing thing, long start) {
    return thing == null ? -1 : thing.dueNanos - start;
  }

  private static long earliest(List<Thing> things, long start) {
    return things.stream().mapToLong(thing -> thing.dueNanos - start).min().orElse(-1);
  }
}
