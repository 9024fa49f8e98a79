// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.ConsumerContext;
import io.nats.client.Dispatcher;
import io.nats.client.IterableConsumer;
import io.nats.client.Message;
import io.nats.client.MessageConsumer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The ways of jnats to receive tasks one by one, with requests that are open before the caller
 * asks. They empty one partition after the other.
 */
abstract class JnatsStreams implements PullLoop {

  private static final Duration WAIT = Duration.ofSeconds(60);
  static final int AHEAD = 500;

  final Connection connection;
  private final List<Place> places;
  private @Nullable MessageConsumer running;

  private JnatsStreams(Target target, List<Place> places) throws Exception {
    connection = Connections.open(target);
    this.places = places;
  }

  @Override
  public final long drain(Work work) throws Exception {
    long emptyPulls = 0;
    for (Place place : places) {
      afterDrain();
      int tasks = work.takeShare(place);
      if (tasks > 0) {
        ConsumerContext consumer = connection.getConsumerContext(place.stream(), place.consumer());
        emptyPulls += drain(consumer, tasks);
      }
    }
    return emptyPulls;
  }

  abstract long drain(ConsumerContext consumer, int tasks) throws Exception;

  final void runs(MessageConsumer started) {
    running = started;
  }

  /**
   * Waits until the server knows that the subscription has ended. Until then an open pull request
   * takes tasks of the next fill, each for a whole lease.
   */
  @Override
  public final void afterDrain() throws Exception {
    if (running != null) {
      running.close();
      connection.flush(WAIT);
      running = null;
    }
  }

  @Override
  public void close() {
    Connections.close(connection);
  }

  private static ConsumeOptions ahead() {
    return ConsumeOptions.builder().batchSize(AHEAD).build();
  }

  /** {@code iterate()}. */
  static final class Iterate extends JnatsStreams {

    Iterate(Target target, List<Place> places) throws Exception {
      super(target, places);
    }

    @Override
    long drain(ConsumerContext consumer, int tasks) throws Exception {
      IterableConsumer messages = consumer.iterate(ahead());
      runs(messages);
      long emptyPulls = 0;
      for (int left = tasks; left > 0; ) {
        Message message = messages.nextMessage(WAIT);
        if (message == null) {
          emptyPulls++;
        } else {
          message.ack();
          left--;
        }
      }
      return emptyPulls;
    }
  }

  /** {@code consume()}, which calls a handler on a dispatcher's thread. */
  static final class Consume extends JnatsStreams {

    private final Dispatcher dispatcher;

    Consume(Target target, List<Place> places) throws Exception {
      super(target, places);
      dispatcher = connection.createDispatcher();
    }

    @Override
    long drain(ConsumerContext consumer, int tasks) throws Exception {
      CountDownLatch left = new CountDownLatch(tasks);
      runs(
          consumer.consume(
              ahead(),
              dispatcher,
              message -> {
                message.ack();
                left.countDown();
              }));
      if (!left.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException(left.getCount() + " tasks were not delivered within 60 s");
      }
      return 0;
    }
  }

  /** {@code consume()} with handlers on a pool, which the library leaves to its user. */
  static final class ConsumeOnPool extends JnatsStreams {

    private final Dispatcher dispatcher;
    private final ExecutorService handlers;
    private final Callable<?> work;

    ConsumeOnPool(Target target, List<Place> places, int threads, Callable<?> work)
        throws Exception {
      super(target, places);
      this.work = work;
      dispatcher = connection.createDispatcher();
      handlers = Executors.newFixedThreadPool(threads);
    }

    @Override
    long drain(ConsumerContext consumer, int tasks) throws Exception {
      CountDownLatch left = new CountDownLatch(tasks);
      runs(
          consumer.consume(
              ahead(), dispatcher, message -> handlers.execute(() -> handle(message, left))));
      if (!left.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException(left.getCount() + " tasks were not handled within 60 s");
      }
      return 0;
    }

    private void handle(Message message, CountDownLatch left) {
      try {
        work.call();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      message.ack();
      left.countDown();
    }

    @Override
    public void close() {
      handlers.shutdown();
      super.close();
    }
  }
}
