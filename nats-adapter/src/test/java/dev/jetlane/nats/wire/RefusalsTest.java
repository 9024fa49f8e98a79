// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The refusals of a server, from its error lines or from the last error of the connection. */
class RefusalsTest {

  private final List<String> denied = new ArrayList<>();
  private final Refusals refusals = new Refusals(denied::add);
  private volatile String lastError = denial("before.the.bind");

  private final ReplacedCalls calls =
      new ReplacedCalls(new ScriptedConnection().connection())
          .with("getLastError", none -> lastError);

  private static String denial(String subject) {
    return "Permissions Violation for Publish to \"" + subject + "\"";
  }

  @BeforeEach
  void bind() {
    refusals.bind(calls.connection());
  }

  @ParameterizedTest
  @CsvSource({
    "'Permissions Violation for Publish to \"a.b\"', a.b",
    "'permissions violation for subscription to \"_INBOX.1.*\"', _INBOX.1.*",
    "'Permissions Violation for Subscription to \"a.>\" using queue \"q\"', a.>",
    "'-ERR Permissions Violation for Publish to a.b', a.b",
    "'Authorization Violation',",
    "'Permissions Violation for Publish with Reply of \"a\"',",
  })
  void theSubjectOfARefusalIsRead(String error, String subject) {
    assertThat(Refusals.deniedSubject(error)).isEqualTo(subject);
  }

  /** On the connection of a caller, which may be old. */
  @Test
  void theLastErrorBeforeTheBindIsNotOurs() {
    assertThat(refusals.isDenied("before.the.bind")).isFalse();
    assertThat(refusals.serverSays(System.nanoTime() - 1_000_000_000)).isEmpty();
    refusals.look();
    assertThat(denied).isEmpty();
  }

  @Test
  void aLastErrorIsReadOnce() {
    lastError = denial("a");
    refusals.look();
    refusals.look();
    assertThat(denied).containsExactly("a");
    refusals.forget("a");
    assertThat(refusals.isDenied("a")).as("forgotten, and not said again").isFalse();
    lastError = denial("b");
    assertThat(refusals.isDenied("b")).as("another one").isTrue();
    lastError = denial("a");
    assertThat(refusals.deniedBelow("a")).as("the first one, again").isEqualTo("a");
    assertThat(denied).containsExactly("a", "b", "a");
  }

  @Test
  void refusalsAreForgottenOneByOneOrAllTogether() {
    for (String subject : List.of("a", "b", "c")) {
      refusals.errorOccurred(denial(subject));
    }
    refusals.forget("b");
    assertThat(refusals.isDenied("a")).isTrue();
    assertThat(refusals.isDenied("b")).isFalse();
    refusals.forgetAll();
    assertThat(refusals.isDenied("a")).isFalse();
    assertThat(refusals.isDenied("c")).isFalse();
    assertThat(refusals.deniedBelow("")).isNull();
  }

  @Test
  void aRefusalBelowAPrefixIsFound() {
    refusals.errorOccurred(denial("_INBOXES.1"));
    assertThat(refusals.deniedBelow("_INBOX.")).isNull();
    refusals.errorOccurred(denial("_INBOX.1"));
    assertThat(refusals.deniedBelow("_INBOX.")).isEqualTo("_INBOX.1");
  }

  /** A client that publishes to ever new subjects must not fill the memory. */
  @Test
  void aThousandRefusalsAreKeptWithTheLatestAndAllAreReported() {
    for (int i = 1; i <= 1_500; i++) {
      refusals.errorOccurred(denial("s" + i));
      assertThat(refusals.isDenied("s" + i)).as("refusal %d", i).isTrue();
    }
    assertThat(IntStream.rangeClosed(1, 1_500).filter(i -> refusals.isDenied("s" + i)))
        .hasSize(1_000);
    assertThat(denied).hasSize(1_500).endsWith("s1500");
  }

  @Test
  void theServerSaysItsLastErrorSinceAMoment() {
    long start = System.nanoTime();
    assertThat(refusals.serverSays(start)).isEmpty();
    refusals.errorOccurred(null);
    assertThat(refusals.serverSays(start)).isEmpty();
    refusals.errorOccurred("first");
    refusals.errorOccurred("second (and 7) (12)");
    assertThat(refusals.serverSays(start)).isEqualTo(" (the server says: second (and 7))");
    assertThat(refusals.serverSays(System.nanoTime() + 1)).isEmpty();
    lastError = "third";
    assertThat(refusals.serverSays(start)).isEqualTo(" (the server says: third)");
    assertThat(denied).isEmpty();
  }

  /** A second report would end requests that were sent since, after a grant of the permission. */
  @Test
  void aRefusalThatJnatsReportedIsNotReportedAgainByALook() {
    for (String subject : List.of("a", "b")) {
      lastError = denial(subject); // jnats sets it before it reports it.
      refusals.errorOccurred(lastError);
      refusals.look();
      refusals.forget(subject);
      assertThat(refusals.isDenied(subject)).as("forgotten").isFalse();
    }
    assertThat(denied).containsExactly("a", "b");
    lastError = denial("c");
    assertThat(refusals.isDenied("c")).as("one that was not reported").isTrue();
  }

  /** jnats reads the errors on one thread and reports them on another one. */
  @Test
  void theReportOfAnEarlierErrorDoesNotHideALaterOne() {
    lastError = denial("b");
    refusals.errorOccurred(denial("a"));
    assertThat(refusals.isDenied("b")).as("read, and not reported yet").isTrue();
    assertThat(denied).containsExactly("a", "b");
  }
}
