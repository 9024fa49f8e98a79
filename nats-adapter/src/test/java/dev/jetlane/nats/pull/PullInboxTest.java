// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.FrameWriter;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The beginning and the end of a subscription. */
@Timeout(60)
class PullInboxTest {

  private static final String NEXT = "$JS.API.CONSUMER.MSG.NEXT.s.p";

  private final ScriptedConnection server = new ScriptedConnection();
  private Session session;
  private PullInbox inbox;

  @BeforeEach
  void open() {
    Wire wire = new Wire();
    wire.bind(server.connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
    inbox = new PullInbox(session, TimeUnit.SECONDS.toNanos(30));
    String unused = inbox.request(NEXT, 10, 0, TimeUnit.SECONDS.toNanos(4), true, null);
    server.forgetCalls();
  }

  @AfterEach
  void close() {
    session.close();
  }

  /** A server drops a request that overtakes the subscription to its reply subject, silently. */
  @Test
  void untilAMessageHasArrivedEachRequestTakesTheWayOfTheSubscription() throws Exception {
    ScriptedConnection first = new ScriptedConnection();
    Wire own = new Wire();
    FrameWriter unused = own.newSocket();
    own.bind(first.connection());
    Session other =
        new Session(TestQueues.settings(NatsOptions.defaults()), own, DriverEvents.none());
    try {
      PullInbox fresh = new PullInbox(other, TimeUnit.SECONDS.toNanos(30));
      first.forgetCalls();
      request(fresh);
      request(fresh);
      fresh.wake(NEXT);
      assertThat(first.calls())
          .containsExactly("publish " + NEXT, "publish " + NEXT, "publish " + NEXT);
      Message answer = first.bring();
      assertThat(fresh.poll(0)).isSameAs(answer);
      request(fresh);
      fresh.wake(NEXT);
      assertThat(first.calls()).hasSize(3);
      assertThat(PullScene.dropped(fresh)).isEmpty();
      first.forgetCalls();
      request(fresh);
      request(fresh);
      assertThat(first.calls()).containsExactly("publish " + NEXT, "publish " + NEXT);
    } finally {
      other.close();
      own.release();
    }
  }

  private static void request(PullInbox inbox) {
    String unused = inbox.request(NEXT, 1, 0, TimeUnit.SECONDS.toNanos(4), false, null);
  }

  /** Otherwise its task waits for the end of its lease. */
  @Test
  void messagesThatArriveDuringTheUnsubscriptionAreReturned() {
    List<Message> sent = new ArrayList<>(List.of(server.bring(), server.bring()));
    server.onExchange(() -> sent.add(server.bring()));
    assertThat(PullScene.dropped(inbox)).isEqualTo(sent).hasSize(3);
    assertThat(server.calls()).containsExactly("drain");
    assertThat(PullScene.dropped(inbox)).isEmpty();
  }

  @Test
  void anInterruptLosesNoMessage() {
    List<Message> sent = new ArrayList<>(List.of(server.bring()));
    server.onExchange(() -> sent.add(server.bring()));
    Thread.currentThread().interrupt();
    assertThat(PullScene.dropped(inbox)).isEqualTo(sent).hasSize(2);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aWakeIsAnAnswerOfTheServer() {
    inbox.wake(NEXT);
    assertThat(server.calls()).containsExactly("publish " + NEXT);
  }

  /** Otherwise a close would wait for the end of the pull. */
  @Test
  void withoutAConnectionAWakeEndsTheSubscription() {
    server.disconnect();
    inbox.wake(NEXT);
    assertThat(server.calls()).containsExactly("publish " + NEXT, "unsubscribe");
  }

  @Test
  void anInboxWithoutASubscriptionNeedsNoWake() {
    inbox.drop(message -> {});
    server.forgetCalls();
    inbox.wake(NEXT);
    assertThat(server.calls()).isEmpty();
  }
}
