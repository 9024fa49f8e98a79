// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.TestQueues;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What each settlement sends, how it is named in an error, and until when it may be sent. */
class SettleRequestTest {

  private static final SettleRequest.Target TARGET =
      new SettleRequest.Target() {
        @Override
        public String replySubject() {
          return "$JS.ACK.reply";
        }

        @Override
        public String describe() {
          return "task t-1 (attempt 2)";
        }
      };

  private static SettleRequest request(LeaseAction action) {
    return SettleRequest.of(TARGET, action, Completion.none());
  }

  private static void expect(SettleRequest request, String body, String name, Settlement result) {
    assertThat(new String(request.body(), StandardCharsets.US_ASCII)).isEqualTo(body);
    assertThat(request.describe()).isEqualTo(name + " of task t-1 (attempt 2)");
    assertThat(request.subject()).isEqualTo("$JS.ACK.reply");
    assertThat(request.read(new byte[0], 0, 0).value()).isEqualTo(result);
  }

  @Test
  void eachActionHasItsBytesItsNameAndItsResult() {
    long late = PullScene.late();
    expect(request(LeaseAction.Ack.IN_TIME), "+ACK", "+ACK", Settlement.SETTLED);
    expect(request(LeaseAction.Ack.LATE), "+ACK", "+ACK", Settlement.SETTLED_LATE);
    expect(request(new LeaseAction.Nak(Duration.ZERO, late)), "-NAK", "-NAK", Settlement.SETTLED);
    expect(
        request(new LeaseAction.Nak(Duration.ofNanos(1), late)),
        "-NAK {\"delay\":1}",
        "-NAK",
        Settlement.SETTLED);
    expect(
        request(new LeaseAction.Nak(Duration.ofDays(7), late)),
        "-NAK {\"delay\":604800000000000}",
        "-NAK",
        Settlement.SETTLED);
    expect(request(new LeaseAction.Extend(late)), "+WPI", "+WPI", Settlement.SETTLED);
    expect(SettleRequest.removal(TARGET), "+TERM", "+TERM", Settlement.SETTLED);
  }

  /** A late ack is sent, because the work is done. */
  @Test
  void onlyANakAndAnExtensionEndWithTheLease() {
    try (PullScene scene = new PullScene()) {
      long past = System.nanoTime();
      scene.server.disconnect();
      for (SettleRequest request :
          List.of(
              request(new LeaseAction.Nak(Duration.ZERO, past)),
              request(new LeaseAction.Extend(past)),
              request(new LeaseAction.Nak(Duration.ofNanos(5), PullScene.late())),
              request(LeaseAction.Ack.LATE),
              SettleRequest.removal(TARGET))) {
        var unused = scene.session.requests.send(request, Urgency.PIPELINED, PullScene.late());
      }
      scene.reconnect();
      TestQueues.await("the removal", () -> scene.sent("+TERM").size() == 1);
      assertThat(scene.sent("-NAK {\"delay\":5}")).hasSize(1);
      assertThat(scene.sent("+ACK")).hasSize(1);
      assertThat(scene.naks()).as("a late nak").isEmpty();
      assertThat(scene.sent("+WPI")).as("a late extension").isEmpty();
    }
  }

  /** Otherwise the removal would take the task from its next holder. */
  @Test
  void aLetterAndACopyAreNotStoredAfterTheLease() {
    try (PullScene scene = new PullScene()) {
      PullContext context = scene.context();
      long past = System.nanoTime();
      for (Runnable change : List.<Runnable>of(() -> {}, scene.server::disconnect)) {
        change.run();
        for (LeaseAction action :
            List.of(
                new LeaseAction.MoveToDeadLetters("bad", past), new LeaseAction.PutBack(past))) {
          NatsLease late = scene.lease(context, 1, new Headers(), "");
          assertThatThrownBy(() -> settle(late, action).join())
              .hasCauseInstanceOf(LeaseExpiredException.class)
              .hasMessageContaining("refused: the lease expired before it could be sent");
        }
      }
      NatsLease inTime = scene.lease(context, 1, new Headers(), "");
      DriverFuture<Settlement> moved =
          settle(inTime, new LeaseAction.MoveToDeadLetters("bad", PullScene.late()));
      scene.reconnect();
      assertThat(moved.join()).isEqualTo(Settlement.SETTLED);
      assertThat(scene.stored()).hasSize(1);
      assertThat(scene.sent("+TERM")).containsExactly(inTime.replySubject());
    }
  }

  /** The task has its letter already. */
  @Test
  void aLetterThatMayBeStoredIsRepeatedAfterTheLease() throws Exception {
    try (PullScene scene = new PullScene()) {
      scene.storing = null;
      NatsLease lease = scene.lease(scene.context(), 1, new Headers(), "");
      long soon = PullScene.inMillis(50);
      DriverFuture<Settlement> moved =
          settle(lease, new LeaseAction.MoveToDeadLetters("bad", soon));
      scene.pass(Duration.ofMillis(60));
      scene.storing = PullScene.STORED;
      scene.reconnect();
      assertThat(moved.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isEqualTo(Settlement.SETTLED);
      assertThat(scene.sent("+TERM")).hasSize(1);
    }
  }

  private static DriverFuture<Settlement> settle(NatsLease lease, LeaseAction action) {
    return lease.start(action, Completion.none(), Urgency.PIPELINED, PullScene.late());
  }

  @Test
  void aSentRequestIsOverAtTheEndOfItsPatience() {
    for (long sentAt : new long[] {0, 1_000, Long.MAX_VALUE - 5}) {
      SentRequest sent = new SentRequest("reply", 1, 10, new RequestTarget(0, 0), sentAt);
      assertThat(sent.isOver(sentAt)).isFalse();
      assertThat(sent.isOver(sentAt + 9)).isFalse();
      assertThat(sent.isOver(sentAt + 10)).isTrue();
    }
  }
}
