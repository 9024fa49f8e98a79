package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Pulls for one worker, one pull at a time, on a thread of its own. */
final class PullThread implements PullSource {

  private static final class Request {

    final int max;
    final Duration time;
    final CompletableFuture<List<Delivery>> result = new CompletableFuture<>();

    // Guarded by the monitor of the thread's object.
    boolean cancelled;

    Request(int max, Duration time) {
      this.max = max;
      this.time = time;
    }
  }

  private final Puller puller;
  private final Thread thread;
  private final BlockingQueue<Request> requests = new ArrayBlockingQueue<>(1);
  private @Nullable Request last;
  private boolean pulling;
  private volatile boolean closed;

  PullThread(Puller puller, String name) {
    this.puller = puller;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public CompletableFuture<List<Delivery>> pull(int max, Duration wait) {
    Request request = new Request(max, wait);
    synchronized (this) {
      last = request;
    }
    if (closed || !requests.offer(request)) {
      boolean unused = request.result.complete(List.of());
    }
    return request.result;
  }

  @Override
  public synchronized void cancel() {
    if (last != null) {
      last.cancelled = true;
    }
    if (pulling) {
      thread.interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    puller.close();
  }

  @Override
  public void join(long millis) throws InterruptedException {
    if (Thread.currentThread() != thread) {
      thread.join(millis);
    }
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
    boolean cancelled;
    synchronized (this) {
      cancelled = request.cancelled;
      pulling = !cancelled;
    }
    try {
      pulled = cancelled ? pulled : puller.pull(request.max, request.time);
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
