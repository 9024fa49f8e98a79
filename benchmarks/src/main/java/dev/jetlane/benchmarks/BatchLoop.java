// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.List;

/** The common part of the rivals that pull in batches, from their partitions in turn. */
abstract class BatchLoop implements PullLoop {

  final List<Place> places;
  private final int batch;

  BatchLoop(List<Place> places, int batch) {
    this.places = places;
    this.batch = batch;
  }

  @Override
  public final long drain(Work work) throws Exception {
    int[] due = new int[places.size()];
    long emptyPulls = 0;
    boolean busy = true;
    while (busy) {
      busy = false;
      for (int place = 0; place < due.length; place++) {
        due[place] += work.take(places.get(place), batch - due[place]);
        if (due[place] > 0) {
          busy = true;
          int pulled = pull(place, due[place]);
          due[place] -= pulled;
          emptyPulls += pulled == 0 ? 1 : 0;
        } else {
          exhausted(place);
        }
      }
    }
    finish();
    return emptyPulls;
  }

  /** Pulls from a partition and acks the tasks; returns their number. */
  abstract int pull(int place, int max) throws Exception;

  /**
   * Called when no task of a partition is left to be pulled; may be called repeatedly until the
   * drain ends.
   */
  void exhausted(int place) {}

  /** Waits for the missing confirmations. */
  void finish() throws Exception {}
}
