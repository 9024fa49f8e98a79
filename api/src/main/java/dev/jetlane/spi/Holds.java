package dev.jetlane.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of holds by the moment when each is due. Each hold knows its index, so that moving
 * one, or taking it out, needs no search.
 */
final class Holds {

  private @Nullable Hold[] heap = new Hold[16];
  private int size;

  int size() {
    return size;
  }

  /** The one that is due first; those that are over are dropped on the way there. */
  @Nullable Hold first() {
    while (size > 0 && at(0).over) {
      remove(at(0));
    }
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

  /** Drops all that are over, in one pass. */
  void removeOver() {
    int left = 0;
    for (int i = 0; i < size; i++) {
      Hold hold = at(i);
      hold.index = hold.over ? Hold.NOWHERE : left;
      if (hold.index != Hold.NOWHERE) {
        heap[left++] = hold;
      }
    }
    Arrays.fill(heap, left, size, null);
    size = left;
    for (int i = size / 2 - 1; i >= 0; i--) {
      siftDown(i, at(i));
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
    siftDown(hole, hold);
  }

  private void siftDown(int start, Hold hold) {
    int hole = start;
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
