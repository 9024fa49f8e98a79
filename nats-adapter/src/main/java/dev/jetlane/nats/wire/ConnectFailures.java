// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * The reasons of failed connection attempts, in texts without secrets. jnats reports them to its
 * listener and its socket, and not to the caller.
 *
 * <p>This class is thread-safe.
 */
public final class ConnectFailures {

  private final Set<String> reasons = new LinkedHashSet<>();
  private boolean interrupted;

  /** Records a failed attempt. */
  public synchronized void add(Throwable failure) {
    reasons.add(words(failure));
    interrupted |= isInterrupt(failure);
  }

  /**
   * Returns whether an attempt ended with an interrupt of the connecting thread. jnats reports it
   * as any other failure, and clears the interrupt.
   */
  public synchronized boolean wasInterrupted() {
    return interrupted;
  }

  private static boolean isInterrupt(Throwable failure) {
    return failure instanceof InterruptedException
        || (failure instanceof ExecutionException
            && failure.getCause() instanceof InterruptedException);
  }

  /** Returns the distinct reasons, in the order of the attempts; an empty text if none is known. */
  public synchronized String text() {
    return String.join(", ", reasons);
  }

  /** Describes a failed attempt. */
  static String words(Throwable failure) {
    if (failure instanceof ExecutionException && failure.getCause() != null) {
      return words(failure.getCause());
    } else if (failure instanceof SSLException) {
      return "TLS failed: " + tls(failure);
    } else if (failure instanceof UnknownHostException) {
      return "unknown host " + failure.getMessage();
    } else if (failure instanceof ConnectException) {
      String text = String.valueOf(failure.getMessage());
      return text.contains("refused") ? "connection refused" : text;
    } else if (failure instanceof TimeoutException || failure instanceof SocketTimeoutException) {
      return "no answer within the connect timeout";
    } else if (failure instanceof IOException) {
      return "the server is not a nats-server, or closed the connection: " + failure.getMessage();
    }
    return failure.getClass().getSimpleName();
  }

  private static String tls(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof CertificateExpiredException
        ? "the certificate has expired: " + cause.getMessage()
        : String.valueOf(failure.getMessage());
  }
}
