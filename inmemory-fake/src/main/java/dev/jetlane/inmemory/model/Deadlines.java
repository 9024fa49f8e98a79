// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.inmemory.time.Timed;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tasks whose lease or delay ends, in the order of the ends. If two end at the same moment, the
 * older task comes first, as on a server within one tick of its timer.
 *
 * <p>A binary heap. Each task knows its index, so adding, removing and restarting a lease take
 * O(log n) and allocate no object.
 */
final class Deadlines {

  private @Nullable StoredTask[] heap = new StoredTask[16];
  private int size;

  int size() {
    return size;
  }

  /** {@link Timed#NEVER} if there is none. */
  long firstNanos() {
    return size == 0 ? Timed.NEVER : at(0).deadlineNanos;
  }

  void add(StoredTask task) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    siftUp(size++, task);
  }

  StoredTask removeFirst() {
    StoredTask first = at(0);
    remove(first);
    return first;
  }

  void remove(StoredTask task) {
    int hole = task.heapIndex;
    assert heap[hole] == task : "the task is not in the heap";
    StoredTask last = at(--size);
    heap[size] = null;
    if (last != task) {
      siftDown(hole, last);
      if (last.heapIndex == hole) {
        siftUp(hole, last);
      }
    }
  }

  /** Returns a task by its index; the order is unspecified. */
  StoredTask get(int index) {
    return at(index);
  }

  private void siftUp(int start, StoredTask task) {
    int hole = start;
    while (hole > 0) {
      int parent = (hole - 1) >>> 1;
      if (!before(task, at(parent))) {
        break;
      }
      put(hole, at(parent));
      hole = parent;
    }
    put(hole, task);
  }

  private void siftDown(int start, StoredTask task) {
    int hole = start;
    for (int child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && before(at(child + 1), at(child))) {
        child++;
      }
      if (!before(at(child), task)) {
        break;
      }
      put(hole, at(child));
      hole = child;
    }
    put(hole, task);
  }

  private void put(int index, StoredTask task) {
    heap[index] = task;
    task.heapIndex = index;
  }

  private StoredTask at(int index) {
    return Objects.requireNonNull(heap[index]);
  }

  private static boolean before(StoredTask a, StoredTask b) {
    return a.deadlineNanos < b.deadlineNanos
        || (a.deadlineNanos == b.deadlineNanos && a.sequence < b.sequence);
  }
}
