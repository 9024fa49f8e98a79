// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.proxy;

import dev.jetlane.conformance.harness.Exchange;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes Jetlane's requests by their subjects, headers and bodies, as described in {@code
 * WIRE.md}.
 */
public final class JetlaneRequests implements Requests {

  private static final String ACK = "$JS.ACK.";

  /**
   * The part of a subject before the name of a JetStream request. A domain or an import changes it.
   */
  private static final String API = ".API.";

  private static final String LATER = "@later";
  private static final String MESSAGE_ID = "nats-msg-id:";
  private static final String BATCH = "nats-batch-id:";
  private static final String COMMIT = "nats-batch-commit:";
  private static final String CANCELLED = "jetlane-cancelled:";

  private final String prefix;
  private final String deadPrefix;

  /**
   * Recognizes the requests of one queue.
   *
   * @param prefix the subject prefix of the queue
   */
  public JetlaneRequests(String prefix) {
    this.prefix = prefix;
    deadPrefix = prefix + "-dead";
  }

  @Override
  public @Nullable Exchange exchange(String subject, String headers, String body) {
    if (subject.startsWith(ACK)) {
      return settlement(subject, body);
    }
    if (subject.startsWith(deadPrefix + ".")) {
      return Exchange.STORE_LETTER;
    }
    if (subject.startsWith(prefix)) {
      return stored(subject, headers.toLowerCase(Locale.ROOT));
    }
    int api = subject.indexOf(API);
    return api < 0 ? null : management(subject.substring(api + API.length()));
  }

  private static @Nullable Exchange settlement(String subject, String body) {
    boolean ofMover = subject.contains("." + LATER + ".");
    if (body.startsWith("+ACK")) {
      return ofMover ? Exchange.REMOVE_DUE : Exchange.ACK;
    }
    if (ofMover) {
      return null;
    }
    if (body.startsWith("-NAK")) {
      return Exchange.NAK;
    }
    if (body.startsWith("+WPI")) {
      return Exchange.EXTEND;
    }
    return body.startsWith("+TERM") ? Exchange.REMOVE_DEAD : null;
  }

  private static @Nullable Exchange management(String request) {
    if (request.startsWith("CONSUMER.MSG.NEXT.") && !request.endsWith("." + LATER)) {
      return Exchange.PULL;
    }
    if (!request.startsWith("STREAM.MSG.DELETE.")) {
      return null;
    }
    return request.endsWith("-dead") ? Exchange.REMOVE_LETTER : Exchange.REMOVE_CANCELLED;
  }

  private static @Nullable Exchange stored(String subject, String headers) {
    if (headers.contains(BATCH) && !headers.contains(COMMIT)) {
      return null; // The confirmation of a batch answers its last message.
    }
    if (headers.contains(CANCELLED)) {
      return Exchange.CANCEL;
    }
    String id = value(headers, MESSAGE_ID);
    if (id.contains("~")) {
      return Exchange.STORE_DUE;
    }
    if (id.contains("!")) {
      return Exchange.REDRIVE;
    }
    return subject.contains("." + LATER + ".") ? Exchange.PUSH_LATER : Exchange.PUSH;
  }

  private static String value(String headers, String name) {
    int at = headers.indexOf(name);
    int end = at < 0 ? -1 : headers.indexOf('\r', at);
    return end < 0 ? "" : headers.substring(at + name.length(), end).strip();
  }
}
