// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.api.ConsumerConfiguration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.Nullable;

/**
 * Apache Camel's camel-nats: a route whose processor does nothing. Its {@code pullSubscription}
 * never sends a pull request (4.17.0, {@code NatsConsumer.setupJetStreamConsumer}), so a durable
 * push consumer with a deliver group takes the place of the queue's pull consumer; the server
 * bounds it by the same number of outstanding tasks. Camel acks every task, even if its processing
 * failed, and does not wait for the confirmation.
 *
 * <p>Tasks that arrive while a route starts may be handled and never acked (seen on a loaded
 * machine: 252 of 20,000). The round then fails, which is correct, because those tasks are not
 * settled.
 */
final class CamelPull implements PullLoop {

  private static final String ROUTE = "drain";
  private static final String GROUP = "workers";

  private final Target target;
  private final Place place;
  private final ConsumerConfiguration consumer;
  private @Nullable Connection connection;
  private @Nullable CamelContext camel;
  private volatile CountDownLatch left = new CountDownLatch(0);

  CamelPull(Target target, List<Place> places) throws Exception {
    this.target = target;
    if (places.size() != 1) {
      throw new IllegalArgumentException(
          "a Camel route has one subject: measure it with one partition");
    }
    place = places.get(0);
    consumer = replaceConsumer();
  }

  /** Replaces the consumer, because a work queue does not allow two consumers of the same tasks. */
  private ConsumerConfiguration replaceConsumer() throws Exception {
    Connection administrator = Connections.open(target);
    try {
      ConsumerConfiguration pull =
          administrator
              .jetStreamManagement()
              .getConsumerInfo(place.stream(), place.consumer())
              .getConsumerConfiguration();
      administrator.jetStreamManagement().deleteConsumer(place.stream(), place.consumer());
      return ConsumerConfiguration.builder()
          .durable(place.consumer() + "-push")
          .filterSubject(place.subject())
          .deliverSubject("deliver." + place.subject())
          .deliverGroup(GROUP)
          .ackWait(pull.getAckWait())
          .maxAckPending(pull.getMaxAckPending())
          .build();
    } finally {
      Connections.close(administrator);
    }
  }

  /** Builds the route without starting it. */
  @Override
  public void beforeDrain() throws Exception {
    connection = Connections.open(target);
    DefaultCamelContext context = new DefaultCamelContext();
    camel = context;
    context.disableJMX();
    context.getRegistry().bind("connection", connection);
    context.getRegistry().bind("consumer", consumer);
    context.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("nats:"
                    + place.subject()
                    + "?connection=#connection&jetstreamEnabled=true&jetstreamName="
                    + place.stream()
                    + "&consumerConfiguration=#consumer&queueName="
                    + GROUP
                    + "&pullSubscription=false&replyToDisabled=true")
                .routeId(ROUTE)
                .autoStartup(false)
                .process(exchange -> left.countDown());
          }
        });
    context.start();
  }

  @Override
  public long drain(Work work) throws Exception {
    left = new CountDownLatch(work.takeShare(place));
    started().getRouteController().startRoute(ROUTE);
    if (!left.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(left.getCount() + " tasks were not delivered within 60 s");
    }
    return 0;
  }

  private CamelContext started() {
    if (camel == null) {
      throw new IllegalStateException("beforeDrain was not called");
    }
    return camel;
  }

  @Override
  public void afterDrain() {
    close();
  }

  @Override
  public void close() {
    if (camel != null) {
      camel.stop();
      camel = null;
    }
    if (connection != null) {
      Connections.close(connection);
      connection = null;
    }
  }
}
