// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.api.ConsumerInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The content of the queue, as the server sees it.
 *
 * @param undelivered the tasks that its consumers have still to deliver
 * @param outstanding delivered tasks that are not settled
 * @param delayed tasks that are not due or not moved yet
 * @param stored the ids of the messages in the stream; also settled tasks that the server restored
 *     and that its consumers know as settled
 */
record Remains(long undelivered, long outstanding, long delayed, List<String> stored) {

  private static final int NO_MESSAGE = 10037;
  private static final Pattern SEQUENCE = Pattern.compile("\"seq\":\\s*(\\d+)");
  private static final Pattern HEADERS = Pattern.compile("\"hdrs\":\\s*\"([^\"]*)\"");
  private static final Pattern MESSAGE_ID = Pattern.compile("Nats-Msg-Id:\\s*([^\r\n]*)");
  private static final Pattern TASK_ID = Pattern.compile("Jetlane-Id:\\s*([^\r\n]*)");
  private static final String DELAYED_CONSUMER = "@later";

  Remains {
    stored = List.copyOf(stored);
  }

  boolean isDrained() {
    return undelivered == 0 && outstanding == 0 && delayed == 0;
  }

  /** Returns null if the server does not answer at the moment. */
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
      ConsumerInfo later = management.getConsumerInfo(ChaosQueues.stream(), DELAYED_CONSUMER);
      long delayed = later.getNumPending() + later.getNumAckPending();
      List<String> stored = new ArrayList<>();
      if (undelivered == 0 && outstanding == 0) {
        for (int i = 0; i < partitions; i++) {
          stored.addAll(stored(connection, ChaosQueues.partition(i)));
        }
      }
      return new Remains(undelivered, outstanding, delayed, stored);
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      return null;
    }
  }

  /** Reads the messages without jnats, which cannot parse the headers of foreign clients. */
  private static List<String> stored(Connection connection, String partition) throws IOException {
    List<String> ids = new ArrayList<>();
    String subject = ChaosQueues.stream() + "." + partition;
    for (long next = 1; ; ) {
      String message = message(connection, subject, next);
      if (message.contains("\"err_code\":" + NO_MESSAGE)) {
        return ids;
      }
      byte[] headers = Base64.getDecoder().decode(field(HEADERS, message));
      ids.add(taskId(new String(headers, StandardCharsets.ISO_8859_1)));
      next = Long.parseLong(field(SEQUENCE, message)) + 1;
    }
  }

  /** Returns the id of a moved delayed task from its header. */
  private static String taskId(String headers) throws IOException {
    if (headers.contains("Jetlane-Id:")) {
      return field(TASK_ID, headers);
    }
    String messageId = field(MESSAGE_ID, headers);
    return messageId.substring(messageId.indexOf('/') + 1);
  }

  private static String message(Connection connection, String subject, long next)
      throws IOException {
    String request = "{\"seq\":" + next + ",\"next_by_subj\":\"" + subject + "\"}";
    try {
      Message answer =
          connection.request(
              "$JS.API.STREAM.MSG.GET." + ChaosQueues.stream(),
              request.getBytes(StandardCharsets.US_ASCII),
              Duration.ofSeconds(2));
      if (answer == null) {
        throw new IOException("no answer");
      }
      return new String(answer.getData(), StandardCharsets.UTF_8);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static String field(Pattern pattern, String text) throws IOException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IOException("no " + pattern + " in " + text);
    }
    return matcher.group(1);
  }
}
