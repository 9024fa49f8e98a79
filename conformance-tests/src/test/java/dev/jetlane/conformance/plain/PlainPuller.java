package dev.jetlane.conformance.plain;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.spi.LeaseKeeping;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

final class PlainPuller implements Puller {

  private final PlainQueue queue;
  private final String partition;
  private final PlainLane lane;
  private final LeaseKeeping keeping;
  private boolean closed;

  PlainPuller(PlainQueue queue, String partition, PlainLane lane, LeaseKeeping keeping) {
    this.keeping = keeping;
    this.queue = queue;
    this.partition = partition;
    this.lane = lane;
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    Limits.checkPullSize(max);
    Limits.checkWait(wait);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    synchronized (queue.store) {
      long end = queue.store.nowNanos() + wait.toNanos();
      boolean waited = false;
      while (true) {
        requireOpen();
        long now = queue.store.nowNanos();
        List<Delivery> deliveries = new ArrayList<>();
        for (PlainLane.Item item : waited ? lane.takeWoken(max, now) : lane.take(max, now)) {
          PlainDelivery delivery = new PlainDelivery(queue, partition, lane, item);
          keeping.keep(delivery);
          deliveries.add(delivery);
        }
        lane.usedUp.forEach(id -> queue.observation.exhausted(partition, id));
        lane.usedUp.clear();
        if (!deliveries.isEmpty() || now >= end) {
          return deliveries;
        }
        queue.store.wait();
        waited = true;
      }
    }
  }

  private void requireOpen() {
    queue.requireOpen();
    if (closed) {
      throw new QueueClosedException("the puller is closed", null);
    }
  }

  @Override
  public void close() {
    synchronized (queue.store) {
      closed = true;
      keeping.close();
      queue.store.notifyAll();
    }
  }
}
