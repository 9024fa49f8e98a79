package dev.jetlane.benchmarks;

import java.util.List;

/** What the rivals that pull in batches have in common: they go round their partitions. */
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

  /** Nothing is left to be taken on in a partition; called again until the drain ends. */
  void exhausted(int place) {}

  /** Waits for the confirmations that are still missing. */
  void finish() throws Exception {}
}
