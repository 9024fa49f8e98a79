// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.wire.ReplacedCalls;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an inbox asks of its subscription, and what it does when jnats has dropped it. */
@Timeout(60)
class InboxSubscriptionTest {

  private static final String NEXT = "$JS.API.CONSUMER.MSG.NEXT.s.p";

  /** The limits of each subscription. */
  private final List<List<Object>> limits = new CopyOnWriteArrayList<>();

  /** The failure of the calls that read messages; null for none. */
  private volatile @Nullable Supplier<RuntimeException> dropped;

  @AutoClose
  private final PullScene scene = new PullScene(NatsOptions.defaults(), this::withSubscription);

  private final PullInbox inbox = new PullInbox(scene.session, TimeUnit.SECONDS.toNanos(30));

  private Connection withSubscription(Connection connection) {
    return new ReplacedCalls(connection)
        .with("subscribe", arguments -> of(connection.subscribe((String) arguments[0])))
        .connection();
  }

  private Subscription of(Subscription base) {
    return (Subscription)
        Proxy.newProxyInstance(
            Subscription.class.getClassLoader(),
            new Class<?>[] {Subscription.class},
            (proxy, method, arguments) -> {
              @Nullable Supplier<RuntimeException> failure = dropped;
              switch (method.getName()) {
                case "setPendingLimits" -> limits.add(Arrays.asList(arguments));
                case "nextMessage", "getPendingMessageCount" -> {
                  if (failure != null) {
                    throw failure.get();
                  }
                }
                default -> {
                  // As the subscription of the scene.
                }
              }
              try {
                return method.invoke(base, arguments);
              } catch (InvocationTargetException e) {
                throw Objects.requireNonNull(e.getCause());
              }
            });
  }

  private void ask() {
    String unused = inbox.request(NEXT, 2, 0, 1_000, false, null);
  }

  /** By default jnats drops messages above 64 MB silently: their tasks wait for their leases. */
  @Test
  void noSubscriptionHasALimit() {
    for (int subscriptions = 1; subscriptions <= 2; subscriptions++) {
      ask();
      ask();
      assertThat(limits).hasSize(subscriptions);
      assertThat(limits).allSatisfy(both -> assertThat(both).containsExactly(0L, 0L));
      inbox.drop(message -> {});
    }
  }

  /** The subscription is inactive, or its queue is gone between two reads of jnats. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDroppedSubscriptionHasNoMessage(boolean inactive) throws Exception {
    ask();
    dropped =
        inactive
            ? () -> new IllegalStateException("This subscription is inactive.")
            : NullPointerException::new;
    assertThat(inbox.poll(0)).isNull();
    assertThat(inbox.poll(TimeUnit.MINUTES.toNanos(1))).isNull();
    if (!inactive) {
      assertThat(inbox.queued()).isZero();
      inbox.observe();
    }
    assertThat(PullScene.dropped(inbox)).isEmpty();
    dropped = null;
    ask();
    Message message = scene.server.bring();
    assertThat(inbox.poll(0)).as("on the next subscription").isSameAs(message);
  }

  /** The thread may wake up after several have arrived; each lease began with its arrival. */
  @Test
  void aMessageThatCameWithTheAwaitedOneMayHaveArrivedAtTheSameTime() throws Exception {
    ask();
    scene.server.onWait(
        () -> {
          scene.server.onWait(() -> {});
          scene.server.bring();
          scene.server.bring();
        });
    assertThat(inbox.poll(TimeUnit.MINUTES.toNanos(1))).isNotNull();
    long first = inbox.lastReceivedNanos();
    assertThat(inbox.poll(0)).isNotNull();
    assertThat(inbox.lastReceivedNanos()).isEqualTo(first);
    inbox.observe();
    long after = System.nanoTime();
    scene.server.bring();
    assertThat(inbox.poll(0)).isNotNull();
    assertThat(inbox.lastReceivedNanos()).as("after a look").isBetween(first + 1, after);
  }
}
