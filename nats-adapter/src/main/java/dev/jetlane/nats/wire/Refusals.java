// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The subjects that the server denies on a connection.
 *
 * <p>A server answers a denied publish with an error line that belongs to no request, so a missing
 * permission to pull looks like an empty queue. The line names the subject, by which this class
 * finds the refusal of a request. Thread-safe.
 */
public final class Refusals {

  private static final Pattern VIOLATION =
      Pattern.compile(
          "permissions violation for (publish|subscription) to \"?([^\"\\s]+)",
          Pattern.CASE_INSENSITIVE);
  private static final int MAX_DENIED = 1_000;

  private final ConcurrentHashMap<String, Boolean> denied = new ConcurrentHashMap<>();
  private final ServerWords words = new ServerWords();
  private final Consumer<String> onDenied;
  private volatile @Nullable Connection connection;
  private volatile @Nullable String lastErrorSeen;

  /** Whether jnats reports each error to {@link #errorOccurred}. */
  private volatile boolean reported;

  /**
   * @param onDenied called with each refused subject, on a thread of jnats
   */
  Refusals(Consumer<String> onDenied) {
    this.onDenied = onDenied;
  }

  void bind(Connection nc) {
    lastErrorSeen = nc.getLastError();
    connection = nc;
  }

  /** Forgets an old refusal: permissions may have been granted since. */
  public void forget(String subject) {
    if (!denied.isEmpty()) {
      denied.remove(subject);
    }
  }

  /** Forgets all refusals, at a reconnect. */
  void forgetAll() {
    denied.clear();
  }

  /** Returns whether the server refused a publish to the subject, or a subscription to it. */
  public boolean isDenied(String subject) {
    readLastError();
    return !denied.isEmpty() && denied.containsKey(subject);
  }

  /** Returns a refused subject with this prefix; null if there is none. */
  public @Nullable String deniedBelow(String prefix) {
    readLastError();
    List<String> below = new ArrayList<>(denied.keySet());
    below.removeIf(subject -> !subject.startsWith(prefix));
    return below.isEmpty() ? null : below.get(0);
  }

  /**
   * Returns the error that the server sent since then, as a suffix of a text; empty if there is
   * none.
   */
  public String serverSays(long sinceNanos) {
    readLastError();
    return words.since(sinceNanos);
  }

  /** Records an error line of the server, after jnats has made it the connection's last error. */
  void errorOccurred(@Nullable String error) {
    if (error == null) {
      return;
    }
    String subject = record(error);
    Connection nc = connection;
    if (nc != null && error.equals(nc.getLastError())) {
      lastErrorSeen = error; // Otherwise the next look would report it again.
    } // Otherwise a later error is the last one, and jnats has not reported that one yet.
    report(subject);
  }

  /**
   * Returns the refused subject, or null. Comes before the error counts as seen, because another
   * thread may ask for the subject meanwhile.
   */
  private @Nullable String record(String error) {
    words.said(error);
    String subject = deniedSubject(error);
    if (subject != null) {
      if (denied.size() >= MAX_DENIED) {
        denied.keySet().stream().findAny().ifPresent(denied::remove); // The latest one counts.
      }
      denied.put(subject, Boolean.TRUE);
    }
    return subject;
  }

  private void report(@Nullable String subject) {
    if (subject != null) {
      onDenied.accept(subject);
    }
  }

  /** Called for a connection of ours, whose error listener we are. */
  void areReported() {
    reported = true;
  }

  /**
   * Looks for a refusal on a connection of the caller. Does nothing on a connection of ours: the
   * report would follow and would meet later requests, too.
   */
  public void look() {
    if (!reported) {
      readLastError();
    }
  }

  private void readLastError() {
    Connection nc = connection;
    String last = nc == null ? null : nc.getLastError();
    if (last != null && !last.equals(lastErrorSeen)) {
      String subject = record(last);
      lastErrorSeen = last;
      report(subject);
    }
  }

  /** Returns the subject in a permissions violation, or null. */
  static @Nullable String deniedSubject(String error) {
    Matcher matcher = VIOLATION.matcher(error);
    return matcher.find() ? matcher.group(2) : null;
  }
}
