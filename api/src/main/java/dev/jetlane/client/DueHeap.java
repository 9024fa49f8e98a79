// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of items by the moment when each is due. Each item knows its index, so that moving
 * or removing one needs no search. Not thread-safe.
 *
 * <p>Moments are compared by subtraction.
 */
final class DueHeap<T extends DueHeap.Item> {

  /** An item, which is in at most one heap. The heap alone calls the setters. */
  interface Item {

    /** The index of an item that is in no heap. */
    int NOWHERE = -1;

    int index();

    void setIndex(int index);

    long dueNanos();

    void setDueNanos(long nanos);

    /** Whether the heap may drop this item. Once true, it stays true. */
    boolean isOver();
  }

  private final List<T> heap = new ArrayList<>();

  int size() {
    return heap.size();
  }

  /** Returns the item that is due first; drops ended items before it. */
  @Nullable T first() {
    while (!heap.isEmpty() && heap.get(0).isOver()) {
      remove(heap.get(0));
    }
    return heap.isEmpty() ? null : heap.get(0);
  }

  /** Adds an item, or moves it to the place of its new due time. */
  void put(T item, long dueNanos) {
    if (item.index() == Item.NOWHERE) {
      item.setIndex(heap.size());
      heap.add(item);
    }
    item.setDueNanos(dueNanos);
    sift(item.index(), item);
  }

  /** Removes an item if the heap contains it. */
  void remove(T item) {
    int hole = item.index();
    if (hole == Item.NOWHERE) {
      return;
    }
    item.setIndex(Item.NOWHERE);
    T last = heap.remove(heap.size() - 1);
    if (last != item) {
      sift(hole, last);
    }
  }

  /** Drops all items that are over, in one pass. */
  void removeOver() {
    heap.removeIf(
        item -> {
          boolean over = item.isOver();
          if (over) {
            item.setIndex(Item.NOWHERE);
          }
          return over;
        });
    for (int i = 0; i < heap.size(); i++) {
      heap.get(i).setIndex(i);
    }
    for (int i = heap.size() / 2 - 1; i >= 0; i--) {
      siftDown(i, heap.get(i));
    }
  }

  void clear() {
    heap.forEach(item -> item.setIndex(Item.NOWHERE));
    heap.clear();
  }

  private void sift(int start, T item) {
    int hole = start;
    while (hole > 0 && isBefore(item, heap.get((hole - 1) >>> 1))) {
      set(hole, heap.get((hole - 1) >>> 1));
      hole = (hole - 1) >>> 1;
    }
    siftDown(hole, item);
  }

  private void siftDown(int start, T item) {
    int hole = start;
    for (int child = 2 * hole + 1; child < heap.size(); child = 2 * hole + 1) {
      if (child + 1 < heap.size() && isBefore(heap.get(child + 1), heap.get(child))) {
        child++;
      }
      if (!isBefore(heap.get(child), item)) {
        break;
      }
      set(hole, heap.get(child));
      hole = child;
    }
    set(hole, item);
  }

  private void set(int index, T item) {
    heap.set(index, item);
    item.setIndex(index);
  }

  private static boolean isBefore(Item a, Item b) {
    return a.dueNanos() - b.dueNanos() < 0;
  }
}
