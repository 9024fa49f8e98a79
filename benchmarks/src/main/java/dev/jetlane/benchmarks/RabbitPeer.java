// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A durable quorum queue: persistent messages, 1,024 unconfirmed, and a channel for each handler
 * with 250 messages ahead. Its protocol does not confirm acknowledgements, but closing a channel
 * sends all of them.
 */
final class RabbitPeer implements PeerClient {

  private static final String QUEUE = "tasks";
  private static final int WINDOW = 1_024;
  private static final int AHEAD = 250;
  private static final int TIMEOUT_SECONDS = 60;

  private final PeerServer server;
  private final byte[] payload;
  private final ExecutorService handlers = Executors.newFixedThreadPool(HANDLERS);
  private final Connection connection;
  private final Channel channel;
  private final Confirmations confirmations = new Confirmations();

  RabbitPeer(PeerServer server, byte[] payload) throws Exception {
    this.server = server;
    this.payload = payload;
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(server.port());
    connection = server.connect(() -> factory.newConnection(handlers));
    channel = connection.createChannel();
    channel.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
    channel.confirmSelect();
    channel.addConfirmListener(confirmations);
  }

  @Override
  public void push(int tasks) throws Exception {
    for (int i = 0; i < tasks; i++) {
      confirmations.room();
      channel.basicPublish("", QUEUE, MessageProperties.PERSISTENT_BASIC, payload);
    }
    confirmations.awaitAll();
  }

  @Override
  public void handle(int tasks) throws Exception {
    CountDownLatch left = new CountDownLatch(tasks);
    List<Channel> channels = new ArrayList<>();
    for (int handler = 0; handler < HANDLERS; handler++) {
      Channel own = connection.createChannel();
      channels.add(own);
      own.basicQos(AHEAD);
      own.basicConsume(
          QUEUE,
          false,
          new DefaultConsumer(own) {
            @Override
            public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
              own.basicAck(envelope.getDeliveryTag(), false);
              left.countDown();
            }
          });
    }
    if (!left.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(left.getCount() + " tasks were not delivered");
    }
    for (Channel own : channels) {
      own.close();
    }
  }

  @Override
  public long left() throws IOException {
    return channel.messageCount(QUEUE);
  }

  @Override
  public void purge() throws IOException {
    channel.queuePurge(QUEUE);
  }

  @Override
  public void close() throws IOException {
    connection.close();
    handlers.shutdown();
    server.close();
  }

  /**
   * The window of unconfirmed messages. A confirmation can apply to all messages up to its own, and
   * can arrive before that of an earlier message.
   */
  private static final class Confirmations implements ConfirmListener {

    private final Semaphore room = new Semaphore(WINDOW);

    /** The confirmed messages by their numbers; used only by the connection's thread. */
    private BitSet confirmed = new BitSet();

    private long first = 1;
    private volatile boolean refused;

    void room() throws InterruptedException {
      acquire(1);
    }

    void awaitAll() throws InterruptedException {
      acquire(WINDOW);
      room.release(WINDOW);
    }

    private void acquire(int permits) throws InterruptedException {
      if (!room.tryAcquire(permits, TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("messages were not confirmed");
      }
      if (refused) {
        throw new IllegalStateException("a message was refused");
      }
    }

    @Override
    public void handleAck(long tag, boolean multiple) {
      int last = (int) (tag - first);
      int from = multiple ? 0 : last;
      int before = confirmed.get(from, last + 1).cardinality();
      confirmed.set(from, last + 1);
      int done = confirmed.nextClearBit(0);
      if (done > 0) {
        first += done;
        confirmed = confirmed.get(done, Math.max(done, confirmed.length()));
      }
      room.release(last + 1 - from - before);
    }

    @Override
    public void handleNack(long tag, boolean multiple) {
      refused = true;
      room.release(WINDOW);
    }
  }
}
