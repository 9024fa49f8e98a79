// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ids that a partition remembers. The window counts from the first accepted push, a duplicate
 * does not prolong it, and settling the task does not end it.
 */
final class DedupWindow {

  private record Accepted(String id, long forgottenAtNanos) {}

  private final long windowNanos;
  private final Map<String, Accepted> byId = new HashMap<>();

  /** In the order of the pushes, in which the ids are also forgotten. */
  private final ArrayDeque<Accepted> inOrder = new ArrayDeque<>();

  DedupWindow(long windowNanos) {
    this.windowNanos = windowNanos;
  }

  boolean knows(String id) {
    return byId.containsKey(id);
  }

  void remember(String id, long now) {
    Accepted accepted = new Accepted(id, now + windowNanos);
    byId.put(id, accepted);
    inOrder.addLast(accepted);
  }

  void forgetAllBut(Set<String> ids) {
    inOrder.removeIf(accepted -> !ids.contains(accepted.id));
    byId.keySet().retainAll(ids);
  }

  /** Forgets expired ids. */
  void catchUp(long now) {
    for (@Nullable Accepted first = inOrder.peekFirst();
        first != null && first.forgottenAtNanos <= now;
        first = inOrder.peekFirst()) {
      inOrder.removeFirst();
      byId.remove(first.id, first);
    }
  }

  /** When the next id is forgotten; {@link Timed#NEVER} if there is none. */
  long nextForgottenNanos() {
    Accepted first = inOrder.peekFirst();
    return first == null ? Timed.NEVER : first.forgottenAtNanos;
  }
}
