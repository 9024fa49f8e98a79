package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;

/** Pulls for one worker, one pull at a time, on a thread of its own. */
final class PullThread {

  private record Request(int max, Duration time, CompletableFuture<List<Delivery>> result) {}

  private final Puller puller;
  private final Thread thread;
  private final BlockingQueue<Request> requests = new ArrayBlockingQueue<>(1);
  private boolean pulling;
  private volatile boolean closed;

  PullThread(Puller puller, String name) {
    this.puller = puller;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Pulls; the one before has completed. */
  CompletableFuture<List<Delivery>> pull(int max, Duration wait) {
    CompletableFuture<List<Delivery>> result = new CompletableFuture<>();
    if (closed || !requests.offer(new Request(max, wait, result))) {
      result.complete(List.of());
    }
    return result;
  }

  /** Ends a pull that waits: it completes with nothing. */
  synchronized void cancel() {
    if (pulling) {
      thread.interrupt();
    }
  }

  void close() {
    closed = true;
    thread.interrupt();
    puller.close();
  }

  boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  void join(long millis) throws InterruptedException {
    thread.join(millis);
  }

  private void run() {
    while (!closed) {
      try {
        Request request = requests.take();
        serve(request);
      } catch (InterruptedException e) {
        // Closed, or an interrupt of somebody who has no say.
      }
    }
  }

  private void serve(Request request) {
    List<Delivery> pulled = List.of();
    Throwable failure = null;
    synchronized (this) {
      pulling = true;
    }
    try {
      pulled = puller.pull(request.max, request.time);
    } catch (InterruptedException e) {
      // Nothing was leased.
    } catch (Throwable e) {
      failure = e;
    } finally {
      synchronized (this) {
        pulling = false;
      }
      // An interrupt that came too late for the pull is of no use to a handler.
      boolean unused = Thread.interrupted();
    }
    if (failure == null) {
      request.result.complete(pulled);
    } else {
      request.result.completeExceptionally(failure);
    }
  }
}
