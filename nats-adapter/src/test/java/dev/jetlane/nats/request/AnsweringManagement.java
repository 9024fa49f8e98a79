// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.PurgeOptions;
import io.nats.client.api.AccountStatistics;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.ConsumerPauseResponse;
import io.nats.client.api.PurgeResponse;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.SuccessApiResponse;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

/** The management of jnats on an {@link AnsweringServer}. */
final class AnsweringManagement {

  private final AnsweringServer server;

  AnsweringManagement(AnsweringServer server) {
    this.server = server;
  }

  Object call(Method method, Object[] a) throws IOException, JetStreamApiException {
    return switch (method.getName()) {
      case "getStreamInfo" -> new StreamInfo(ask("STREAM.INFO." + a[0], ""));
      case "updateStream" -> {
        StreamConfiguration config = (StreamConfiguration) a[0];
        yield new StreamInfo(ask("STREAM.UPDATE." + config.getName(), config.toJson()));
      }
      case "addStream" -> {
        StreamConfiguration config = (StreamConfiguration) a[0];
        yield new StreamInfo(ask("STREAM.CREATE." + config.getName(), config.toJson()));
      }
      case "getStreamNames" -> {
        JsonValue names =
            JsonParser.parseUnchecked(ask("STREAM.NAMES", "" + a[0]).getData()).map.get("streams");
        yield names == null ? List.of() : names.array.stream().map(name -> name.string).toList();
      }
      case "deleteStream" -> {
        var unused = ask("STREAM.DELETE." + a[0], "");
        yield true;
      }
      case "getAccountStatistics" -> new AccountStatistics(ask("INFO", ""));
      case "getConsumerInfo" -> new ConsumerInfo(ask("CONSUMER.INFO." + a[0] + "." + a[1], ""));
      case "createConsumer", "addOrUpdateConsumer" -> {
        ConsumerConfiguration config = (ConsumerConfiguration) a[1];
        String subject = "CONSUMER.CREATE." + a[0] + "." + config.getDurable();
        yield new ConsumerInfo(ask(subject, config.toJson()));
      }
      case "getConsumers" -> {
        List<ConsumerInfo> all = new ArrayList<>();
        for (String each : server.consumers((String) a[0])) {
          all.add(new ConsumerInfo(AnsweringServer.message("", each)));
        }
        yield all;
      }
      case "deleteConsumer" -> {
        var unused = ask("CONSUMER.DELETE." + a[0] + "." + a[1], "");
        yield true;
      }
      case "pauseConsumer" ->
          new ConsumerPauseResponse(ask("CONSUMER.PAUSE." + a[0] + "." + a[1], "" + a[2]));
      case "purgeStream" ->
          new PurgeResponse(ask("STREAM.PURGE." + a[0], ((PurgeOptions) a[1]).toJson()));
      default -> throw new UnsupportedOperationException(method.toString());
    };
  }

  /** Returns the answer as jnats does. */
  private Message ask(String subject, String body) throws IOException, JetStreamApiException {
    String answer = server.api(subject, body);
    if (answer == null) {
      throw new IOException("no answer");
    }
    Message message = AnsweringServer.message("", answer);
    var unused = new SuccessApiResponse(message).throwOnHasError();
    return message;
  }
}
