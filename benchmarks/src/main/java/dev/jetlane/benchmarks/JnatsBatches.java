// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The ways of jnats to pull batches, each as its documentation shows it, without additions. */
abstract class JnatsBatches extends BatchLoop {

  private static final Duration WAIT = Duration.ofSeconds(60);

  final Connection connection;

  private JnatsBatches(Target target, List<Place> places, int batch) throws Exception {
    super(places, batch);
    connection = Connections.open(target);
  }

  @Override
  public void close() {
    Connections.close(connection);
  }

  /** {@code fetch(batch)}, and {@code ack()} for each. */
  static final class Fetch extends JnatsBatches {

    private final boolean sync;
    private final List<JetStreamSubscription> subscriptions = new ArrayList<>();

    /** Creates a loop; with {@code sync} each ack waits for its confirmation. */
    Fetch(Target target, List<Place> places, int batch, boolean sync) throws Exception {
      super(target, places, batch);
      this.sync = sync;
      for (Place place : places) {
        subscriptions.add(
            connection
                .jetStream()
                .subscribe(null, PullSubscribeOptions.fastBind(place.stream(), place.consumer())));
      }
    }

    @Override
    int pull(int place, int max) throws Exception {
      List<Message> messages = subscriptions.get(place).fetch(max, WAIT);
      for (Message message : messages) {
        if (sync) {
          message.ackSync(WAIT);
        } else {
          message.ack();
        }
      }
      return messages.size();
    }
  }

  /**
   * Pulls like ArmoniK's C# queue: looks the stream and the consumer up before every pull, which
   * takes two round trips, then fetches over a new subscription.
   *
   * <p>Does not use jnats' {@code fetchMessages}, whose name is closer to C#. It may lose the last
   * task of a batch until the lease expires, because {@code nextMessage} closes the subscription
   * when the last task has been counted and is not queued yet (jnats 2.26.2, {@code
   * NatsFetchConsumer}).
   */
  static final class LookUpEachPull extends JnatsBatches {

    LookUpEachPull(Target target, List<Place> places, int batch) throws Exception {
      super(target, places, batch);
    }

    @Override
    int pull(int place, int max) throws Exception {
      Place at = places.get(place);
      ConsumerContext consumer =
          connection.getStreamContext(at.stream()).getConsumerContext(at.consumer());
      JetStreamSubscription subscription =
          connection
              .jetStream()
              .subscribe(
                  null, PullSubscribeOptions.fastBind(at.stream(), consumer.getConsumerName()));
      try {
        List<Message> messages = subscription.fetch(max, WAIT);
        for (Message message : messages) {
          message.ack();
        }
        return messages.size();
      } finally {
        subscription.unsubscribe();
      }
    }
  }
}
