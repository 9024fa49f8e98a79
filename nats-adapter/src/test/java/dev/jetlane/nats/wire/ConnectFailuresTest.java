// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The words for each failed attempt to connect. */
class ConnectFailuresTest {

  static Stream<Arguments> failures() {
    SSLHandshakeException expired = new SSLHandshakeException("PKIX path validation failed");
    expired.initCause(new IOException("path", new CertificateExpiredException("NotAfter: 1970")));
    SSLHandshakeException unknown = new SSLHandshakeException("unable to find a path");
    unknown.initCause(new IOException("another text"));
    String noServer = "the server is not a nats-server, or closed the connection: ";
    return Stream.of(
        Arguments.of(new ConnectException("Connection refused (x)"), "connection refused"),
        Arguments.of(new ConnectException("Network is down"), "Network is down"),
        Arguments.of(new ConnectException(), "null"),
        Arguments.of(new UnknownHostException("nowhere"), "unknown host nowhere"),
        Arguments.of(new TimeoutException("x"), "no answer within the connect timeout"),
        Arguments.of(new SocketTimeoutException("x"), "no answer within the connect timeout"),
        Arguments.of(new NoRouteToHostException("far away"), noServer + "far away"),
        Arguments.of(new IOException("Read: end"), noServer + "Read: end"),
        Arguments.of(expired, "TLS failed: the certificate has expired: NotAfter: 1970"),
        Arguments.of(unknown, "TLS failed: unable to find a path"),
        Arguments.of(new SSLHandshakeException("alone"), "TLS failed: alone"),
        Arguments.of(new ExecutionException(new ConnectException("refused")), "connection refused"),
        Arguments.of(
            new ExecutionException(new ExecutionException(new TimeoutException())),
            "no answer within the connect timeout"),
        Arguments.of(new ExecutionException("no cause", null), "ExecutionException"),
        Arguments.of(new IllegalStateException("a secret"), "IllegalStateException"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void eachFailureHasItsWords(Throwable failure, String words) {
    assertThat(ConnectFailures.words(failure)).isEqualTo(words);
  }

  @Test
  void anInterruptIsNoticedAmongTheReasons() {
    ConnectFailures failures = new ConnectFailures();
    failures.add(new IOException("x", new InterruptedException()));
    failures.add(new java.io.InterruptedIOException());
    assertThat(failures.wasInterrupted()).isFalse();
    failures.add(new InterruptedException());
    failures.add(new IOException("x"));
    assertThat(failures.wasInterrupted()).isTrue();
    ConnectFailures wrapped = new ConnectFailures();
    wrapped.add(new ExecutionException(new InterruptedException()));
    assertThat(wrapped.wasInterrupted()).isTrue();
  }

  @Test
  void eachReasonIsSaidOnceInTheOrderOfTheAttempts() {
    ConnectFailures failures = new ConnectFailures();
    assertThat(failures.text()).isEmpty();
    failures.add(new UnknownHostException("b"));
    failures.add(new UnknownHostException("a"));
    failures.add(new UnknownHostException("b"));
    assertThat(failures.text()).isEqualTo("unknown host b, unknown host a");
  }
}
