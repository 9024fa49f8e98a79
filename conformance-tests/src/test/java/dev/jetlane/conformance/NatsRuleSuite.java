// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.run.RuleSuite;
import dev.jetlane.nats.testing.NatsPlace;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.util.Objects;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.jspecify.annotations.Nullable;

/**
 * The adapter on a real server, in real time: few tries, but many plans in parallel. Which server
 * is {@link NatsServer#find}'s choice. With {@code -Djetlane.fakeOnly=true} it is skipped, visibly;
 * without any server it fails. {@code -Djetlane.nats.place=IMPORT} (or {@code LEAF}, {@code
 * WEBSOCKET}) runs the rules where clients reach it in another way.
 *
 * <p>The rules are in several classes, so that they wait in parallel.
 */
@AddLifecycleHook(NatsRuleSuite.UnlessFakeOnly.class)
@PropertyDefaults(tries = 1)
abstract class NatsRuleSuite extends RuleSuite {

  /** How clients reach the server, see {@code docs/places.md}. */
  private static final NatsPlace.Kind KIND =
      NatsPlace.Kind.valueOf(System.getProperty("jetlane.nats.place", "HERE"));

  private static @Nullable NatsPlace place;
  private static @Nullable Connection connection;

  @Override
  protected Harness harness() {
    try {
      return open();
    } catch (Exception e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private static synchronized Harness open() throws Exception {
    NatsPlace here = place;
    if (here == null) {
      here = NatsPlace.start(KIND);
      place = here;
      connection = here.administrator();
    }
    return new NatsHarness(here, Objects.requireNonNull(connection));
  }

  @Override
  protected int plansAtOnce() {
    return 4;
  }

  @AfterContainer
  static synchronized void stop() throws InterruptedException {
    if (connection != null) {
      connection.close();
      connection = null;
    }
    if (place != null) {
      place.close();
      place = null;
    }
  }

  static final class UnlessFakeOnly implements SkipExecutionHook {

    @Override
    public PropagationMode propagateTo() {
      return PropagationMode.ALL_DESCENDANTS;
    }

    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      return Boolean.getBoolean("jetlane.fakeOnly")
          ? SkipResult.skip(
              "not run on a real server: -Djetlane.fakeOnly=true asks for the fake only")
          : SkipResult.doNotSkip();
    }
  }
}
