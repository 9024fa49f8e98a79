package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.ConsumerContext;
import io.nats.client.Dispatcher;
import io.nats.client.FetchConsumer;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.MessageConsumer;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The ways that jnats itself offers, each as its documentation shows it and with nothing around it.
 */
abstract class JnatsPull implements PullLoop {

  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final int AHEAD = 500;

  final Connection connection;
  final Target target;

  private JnatsPull(Target target) throws Exception {
    this.target = target;
    connection = Nats.connect(Options.builder().server(target.url()).build());
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A pull request that is still open keeps taking tasks until the server has heard that nobody
   * listens any more. The next fill would lose tasks to it, each for a whole lease.
   */
  final void awaitUnsubscribed() throws Exception {
    connection.flush(WAIT);
  }

  /**
   * Acks, and waits for the confirmation of the last ack: it stands for all, because they are
   * handled in order.
   */
  private static void ack(Message message, boolean last)
      throws InterruptedException, TimeoutException {
    if (last) {
      message.ackSync(WAIT);
    } else {
      message.ack();
    }
  }

  /** {@code fetch(batch)}, and {@code ack()} for each. */
  static final class Fetch extends JnatsPull {

    private final boolean sync;
    private @Nullable JetStreamSubscription subscription;

    /** With {@code sync} each ack waits for its confirmation. */
    Fetch(Target target, boolean sync) throws Exception {
      super(target);
      this.sync = sync;
    }

    @Override
    public void drain(int tasks, EmptyPulls emptyPulls) throws Exception {
      JetStreamSubscription pull =
          connection
              .jetStream()
              .subscribe(null, PullSubscribeOptions.fastBind(Target.STREAM, Target.CONSUMER));
      subscription = pull;
      for (int left = tasks; left > 0; ) {
        List<Message> messages = pull.fetch(Math.min(left, target.batch()), WAIT);
        if (messages.isEmpty()) {
          emptyPulls.emptyPulls++;
        }
        for (Message message : messages) {
          left--;
          ack(message, sync || left == 0);
        }
      }
    }

    @Override
    public void afterDrain() throws Exception {
      if (subscription != null) {
        subscription.unsubscribe();
        awaitUnsubscribed();
      }
    }
  }

  /** {@code iterate()}, which keeps pull requests open ahead of the caller. */
  static final class Iterate extends JnatsPull {

    private final ConsumerContext consumer;
    private @Nullable IterableConsumer iterable;

    Iterate(Target target) throws Exception {
      super(target);
      consumer = connection.getConsumerContext(Target.STREAM, Target.CONSUMER);
    }

    @Override
    public void drain(int tasks, EmptyPulls emptyPulls) throws Exception {
      IterableConsumer messages =
          consumer.iterate(ConsumeOptions.builder().batchSize(AHEAD).build());
      iterable = messages;
      for (int left = tasks; left > 0; ) {
        Message message = messages.nextMessage(WAIT);
        if (message == null) {
          emptyPulls.emptyPulls++;
        } else {
          ack(message, --left == 0);
        }
      }
    }

    @Override
    public void afterDrain() throws Exception {
      if (iterable != null) {
        iterable.close();
        awaitUnsubscribed();
      }
    }
  }

  /** {@code consume()}, which calls a handler on a dispatcher's thread. */
  static final class Consume extends JnatsPull {

    private final ConsumerContext consumer;
    private final Dispatcher dispatcher;
    private @Nullable MessageConsumer running;
    private int left;

    Consume(Target target) throws Exception {
      super(target);
      consumer = connection.getConsumerContext(Target.STREAM, Target.CONSUMER);
      dispatcher = connection.createDispatcher();
    }

    @Override
    public void drain(int tasks, EmptyPulls emptyPulls) throws Exception {
      left = tasks;
      CompletableFuture<Void> drained = new CompletableFuture<>();
      running =
          consumer.consume(
              ConsumeOptions.builder().batchSize(AHEAD).build(),
              dispatcher,
              message -> handle(message, drained));
      drained.get(60, TimeUnit.SECONDS);
    }

    private void handle(Message message, CompletableFuture<Void> drained)
        throws InterruptedException {
      try {
        ack(message, --left == 0);
        if (left == 0) {
          drained.complete(null);
        }
      } catch (TimeoutException e) {
        drained.completeExceptionally(e);
      }
    }

    @Override
    public void afterDrain() throws Exception {
      if (running != null) {
        running.close();
        awaitUnsubscribed();
      }
    }
  }

  /**
   * As ArmoniK's C# queue pulls: looks the stream and the consumer up before every pull, which are
   * two round trips, then fetches.
   */
  static final class LookUpEachPull extends JnatsPull {

    LookUpEachPull(Target target) throws Exception {
      super(target);
    }

    @Override
    public void drain(int tasks, EmptyPulls emptyPulls) throws Exception {
      for (int left = tasks; left > 0; ) {
        ConsumerContext consumer =
            connection.getStreamContext(Target.STREAM).getConsumerContext(Target.CONSUMER);
        int before = left;
        FetchConsumer fetch = consumer.fetchMessages(Math.min(left, target.batch()));
        for (Message message = fetch.nextMessage();
            message != null;
            message = fetch.nextMessage()) {
          ack(message, --left == 0);
        }
        fetch.close();
        if (left == before) {
          emptyPulls.emptyPulls++;
        }
      }
    }
  }
}
