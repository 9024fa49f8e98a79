// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.Delivery;
import dev.jetlane.QueueConfig;
import dev.jetlane.driver.LeasedDelivery;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides for a batch from which priority tasks are requested, and in which order they are handed
 * out. Used under the puller's lock.
 */
final class PriorityOrder {

  private final List<PriorityLevel> levels;
  private final PriorityTurns turns;
  private final int highest;

  PriorityOrder(List<PriorityLevel> levels, QueueConfig config) {
    this.levels = levels;
    turns = new PriorityTurns(config);
    highest = levels.size() - 1;
  }

  /** Returns the number of tasks that can be handed out. */
  int found() {
    int count = 0;
    for (PriorityLevel level : levels) {
      count += level.found.size();
    }
    return count;
  }

  private long bytesLeft(long maxBytes) {
    long left = maxBytes;
    for (PriorityLevel level : levels) {
      for (LeasedDelivery delivery : level.found) {
        left -= delivery.payload().length;
      }
    }
    return left;
  }

  /**
   * Takes more available tasks, up to a count: first those of the turns of the lower priorities,
   * then from the highest priority down. Returns the end of the last request to which the server
   * sent neither a task nor the status that it has none.
   */
  PullEnd take(int count, long maxBytes) throws InterruptedException {
    int room = count;
    int[] wanted = turnsWithin(count);
    boolean[] done = new boolean[levels.size()];
    PullEnd end = PullEnd.OVER;
    for (int i = 0; i < 2 * levels.size() && room > 0 && bytesLeft(maxBytes) > 0; i++) {
      boolean inTurn = i <= highest;
      int at = inTurn ? i : 2 * levels.size() - 1 - i;
      int asked = inTurn ? wanted[at] : room;
      if (asked == 0 || done[at]) {
        continue;
      }
      int before = levels.get(at).found.size();
      PullEnd ended = levels.get(at).take(asked, bytesLeft(maxBytes), found() == 0);
      int got = levels.get(at).found.size() - before;
      room -= got;
      done[at] = got < asked;
      if (ended == PullEnd.LOST) {
        return ended;
      }
      end = ended == PullEnd.AGAIN ? ended : end;
    }
    return end;
  }

  private int[] turnsWithin(int count) {
    int[] wanted = new int[levels.size()];
    if (turns.areTaken()) {
      for (int i = 0; i < count; i++) {
        int turn = turns.after(found() + i);
        if (turn >= 0) {
          wanted[turn]++;
        }
      }
    }
    return wanted;
  }

  /**
   * Hands out tasks, at most {@code max}.
   *
   * @param maxBytes of all payloads together; a single task may be larger
   */
  List<Delivery> draw(int max, long maxBytes) {
    PullBatch drawn = new PullBatch(max, maxBytes);
    while (drawn.room() > 0) {
      Deque<LeasedDelivery> from = next();
      if (from == null || !drawn.takes(from.element())) {
        break;
      }
      turns.took();
      drawn.add(from.remove());
    }
    return new ArrayList<>(drawn.deliveries()); // The caller may change it.
  }

  /** Returns where the next task is; null if there is none. */
  private @Nullable Deque<LeasedDelivery> next() {
    int turn = turns.next();
    if (turn >= 0 && !levels.get(turn).found.isEmpty()) {
      return levels.get(turn).found;
    }
    for (int i = highest; i >= 0; i--) {
      if (!levels.get(i).found.isEmpty()) {
        return levels.get(i).found;
      }
    }
    return null;
  }
}
