package dev.jetlane.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of holds by the moment when each is due. Each hold knows its index, so that taking
 * one out, which every settlement does, needs no search.
 */
final class Holds {

  private @Nullable Hold[] heap = new Hold[16];
  private int size;

  @Nullable Hold first() {
    return size == 0 ? null : heap[0];
  }

  /** Adds a hold, or moves it to where it belongs by now. */
  void put(Hold hold, long dueNanos) {
    if (hold.index == Hold.NOWHERE) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, 2 * size);
      }
      hold.index = size++;
    }
    hold.dueNanos = dueNanos;
    sift(hold.index, hold);
  }

  /** Takes a hold out; does nothing if it is not in here. */
  void remove(Hold hold) {
    int hole = hold.index;
    if (hole == Hold.NOWHERE) {
      return;
    }
    hold.index = Hold.NOWHERE;
    Hold last = at(--size);
    heap[size] = null;
    if (last != hold) {
      sift(hole, last);
    }
  }

  void clear() {
    for (int i = 0; i < size; i++) {
      at(i).index = Hold.NOWHERE;
    }
    Arrays.fill(heap, null);
    size = 0;
  }

  private void sift(int start, Hold hold) {
    int hole = start;
    while (hole > 0 && before(hold, at((hole - 1) >>> 1))) {
      set(hole, at((hole - 1) >>> 1));
      hole = (hole - 1) >>> 1;
    }
    for (int child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && before(at(child + 1), at(child))) {
        child++;
      }
      if (!before(at(child), hold)) {
        break;
      }
      set(hole, at(child));
      hole = child;
    }
    set(hole, hold);
  }

  private void set(int index, Hold hold) {
    heap[index] = hold;
    hold.index = index;
  }

  private Hold at(int index) {
    Hold hold = heap[index];
    assert hold != null;
    return hold;
  }

  private static boolean before(Hold a, Hold b) {
    return a.dueNanos - b.dueNanos < 0;
  }
}
