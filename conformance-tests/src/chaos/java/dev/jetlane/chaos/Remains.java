package dev.jetlane.chaos;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.MessageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of the queue, as the server sees it.
 *
 * @param undelivered what its consumers have still to deliver
 * @param outstanding delivered tasks that are not settled
 * @param stored the ids of the messages in the stream; more than the two when the server brought
 *     settled tasks back that its consumers know as settled
 */
record Remains(long undelivered, long outstanding, List<String> stored) {

  private static final int NO_MESSAGE = 10037;

  Remains {
    stored = List.copyOf(stored);
  }

  boolean isDrained() {
    return undelivered == 0 && outstanding == 0;
  }

  /** Null if the server cannot tell at the moment. */
  static @Nullable Remains look(Connection connection, int partitions) {
    try {
      JetStreamManagement management = connection.jetStreamManagement();
      long undelivered = 0;
      long outstanding = 0;
      for (int i = 0; i < partitions; i++) {
        ConsumerInfo consumer =
            management.getConsumerInfo(ChaosQueues.stream(), ChaosQueues.partition(i));
        undelivered += consumer.getNumPending();
        outstanding += consumer.getNumAckPending();
      }
      List<String> stored = new ArrayList<>();
      if (undelivered == 0 && outstanding == 0) {
        for (int i = 0; i < partitions; i++) {
          stored.addAll(stored(management, ChaosQueues.partition(i)));
        }
      }
      return new Remains(undelivered, outstanding, stored);
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      return null;
    }
  }

  private static List<String> stored(JetStreamManagement management, String partition)
      throws IOException, JetStreamApiException {
    List<String> ids = new ArrayList<>();
    String subject = ChaosQueues.stream() + "." + partition;
    for (long next = 1; ; ) {
      MessageInfo message;
      try {
        message = management.getNextMessage(ChaosQueues.stream(), next, subject);
      } catch (JetStreamApiException e) {
        if (e.getApiErrorCode() == NO_MESSAGE) {
          return ids;
        }
        throw e;
      }
      String messageId = String.valueOf(message.getHeaders().getFirst("Nats-Msg-Id"));
      ids.add(messageId.substring(messageId.indexOf('/') + 1));
      next = message.getSeq() + 1;
    }
  }
}
