// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Dispatcher;
import io.nats.client.MessageHandler;
import io.nats.client.Subscription;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The calls of jnats that hang and remove bells. */
class BellsTest {

  private final ScriptedConnection server = new ScriptedConnection();
  private final List<String> made = new ArrayList<>();
  private final List<MessageHandler> handlers = new ArrayList<>();
  private boolean dispatcherActive = true;
  private boolean subscriptionActive = true;
  private boolean gone;
  private RuntimeException goneWith = new IllegalStateException("scripted");

  private final Subscription subscription = proxy(Subscription.class);
  private final ReplacedCalls calls =
      new ReplacedCalls(server.connection())
          .with(
              "createDispatcher",
              none -> {
                made.add("createDispatcher");
                return proxy(Dispatcher.class);
              })
          .with(
              "closeDispatcher",
              none -> {
                made.add("closeDispatcher");
                requireThere();
                return null;
              });
  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private final Bells bells = new Bells(monitor);

  @BeforeEach
  void bind() {
    monitor.bind(calls.connection());
  }

  private <T> T proxy(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("isActive")) {
                return type == Subscription.class ? subscriptionActive : dispatcherActive;
              }
              return called(method.getName(), arguments);
            }));
  }

  private @Nullable Object called(String method, Object... arguments) {
    if (method.equals("subscribe")) {
      made.add("subscribe " + arguments[0]);
      handlers.add((MessageHandler) arguments[1]);
      return subscription;
    }
    Object[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
    made.add(method + Arrays.toString(rest));
    requireThere();
    return null;
  }

  private void requireThere() {
    if (gone) {
      throw goneWith;
    }
  }

  /** Its subscription must not outlive its one message. */
  @Test
  void aBellRingsForOneMessage() throws Exception {
    List<Object> rung = new ArrayList<>();
    var unused = bells.hang("a", rung::add);
    assertThat(made).containsExactly("createDispatcher", "subscribe a", "unsubscribe[1]");
    handlers.get(0).onMessage(server.bring());
    assertThat(rung).hasSize(1);
  }

  @Test
  void allBellsShareOneThreadUntilItEnds() {
    var unused = bells.hang("a", message -> {});
    unused = bells.hang("b", message -> {});
    assertThat(made).filteredOn("createDispatcher"::equals).hasSize(1);
    dispatcherActive = false;
    unused = bells.hang("c", message -> {});
    assertThat(made).filteredOn("createDispatcher"::equals).hasSize(2);
  }

  @Test
  void onlyABellThatHasNotRungIsRemoved() {
    Bells.Bell bell = bells.hang("a", message -> {});
    made.clear();
    bell.remove();
    assertThat(made).containsExactly("unsubscribe[]");
    subscriptionActive = false;
    bell.remove();
    assertThat(made).hasSize(1);
  }

  /** A close and a bell that rings may come between the check and the call. */
  @Test
  void aBellOrAConnectionThatIsGoneIsNoError() {
    new Bells(monitor).close(); // There is no thread yet.
    assertThat(made).isEmpty();
    Bells.Bell bell = bells.hang("a", message -> {});
    gone = true;
    bell.remove();
    bells.close();
    bells.close();
    assertThat(made).contains("unsubscribe[]", "closeDispatcher");
  }

  @Test
  void aClosedConnectionHangsNoBell() {
    calls.with(
        "createDispatcher",
        none -> {
          throw new IllegalStateException("Connection is Closed");
        });
    assertThatThrownBy(() -> bells.hang("a", message -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  /** On the connection of a caller nothing would end its thread. */
  @Test
  void afterTheCloseNoBellIsHung() {
    var unused = bells.hang("a", message -> {});
    bells.close();
    dispatcherActive = false;
    made.clear();
    assertThatThrownBy(() -> bells.hang("b", message -> {}))
        .isInstanceOf(IllegalStateException.class);
    bells.close();
    assertThat(made).doesNotContain("createDispatcher");
  }

  /** The two exceptions of jnats for a dispatcher that has ended. */
  @Test
  void aDispatcherThatHasEndedIsNoErrorWhateverJnatsThrows() {
    for (RuntimeException each :
        List.of(new IllegalStateException("closed"), new IllegalArgumentException("inactive"))) {
      Bells some = new Bells(monitor);
      Bells.Bell bell = some.hang("a", message -> {});
      goneWith = each;
      gone = true;
      bell.remove();
      some.close();
      gone = false;
    }
    assertThat(made)
        .filteredOn(call -> call.equals("unsubscribe[]") || call.equals("closeDispatcher"))
        .hasSize(4);
  }
}
