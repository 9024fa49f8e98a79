// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Gives each JUnit 5 test its own queue.
 *
 * <pre>{@code
 * @ExtendWith(JetlaneExtension.class)
 * class WorkerTest {
 *   @Test
 *   void retries(TaskQueue queue, ManualClock clock, Faults faults) throws Exception {
 *     ...
 *   }
 * }
 * }</pre>
 *
 * <p>Constructors, test methods and life-cycle methods may have parameters of the types {@link
 * TaskQueue}, {@link ManualClock}, {@link Faults} and {@link InMemoryServer}. Each test has its own
 * server, which the parameters of its {@code @BeforeEach} methods and (with JUnit 5.12 and later)
 * of its constructor share, so tests may run in parallel. If {@code @BeforeAll}, or the constructor
 * of a class with the per-class life cycle, requests a server, all tests of that class share it,
 * including nested ones.
 *
 * <p>At the end of the test, or of the class that shares a server, the extension fails on {@link
 * InMemoryServer#leaks leaks}, and closes the queue. It attaches to each failure the events of the
 * server and the stack traces of running handlers.
 *
 * <p>Only this class of the module needs {@code junit-jupiter-api} on the class path. A field
 * configures other settings than the defaults:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final JetlaneExtension JETLANE =
 *     new JetlaneExtension().withConfig(QueueConfig.defaults().withMaxDeliveries(3));
 * }</pre>
 */
public final class JetlaneExtension
    implements ParameterResolver,
        AfterEachCallback,
        AfterAllCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {

  private static final Set<Class<?>> TYPES =
      Set.of(TaskQueue.class, ManualClock.class, Faults.class, InMemoryServer.class);

  private final QueueConfig config;
  private final boolean leakCheck;
  private final boolean automaticClock;
  private final List<QueueListener> listeners;

  /** {@link QueueConfig#defaults()}, a clock that the test moves, and a leak check. */
  public JetlaneExtension() {
    this(QueueConfig.defaults(), true, false, List.of());
  }

  private JetlaneExtension(
      QueueConfig config,
      boolean leakCheck,
      boolean automaticClock,
      List<QueueListener> listeners) {
    this.config = config;
    this.leakCheck = leakCheck;
    this.automaticClock = automaticClock;
    this.listeners = listeners;
  }

  /**
   * Returns a copy of this extension with other settings of the queue.
   *
   * @param value the settings
   * @return the copy
   * @throws InvalidInputException if they are null
   */
  public JetlaneExtension withConfig(QueueConfig value) {
    if (value == null) {
      throw new InvalidInputException("queue settings", null, "must not be null");
    }
    return new JetlaneExtension(value, leakCheck, automaticClock, listeners);
  }

  /**
   * Returns a copy of this extension without the leak check.
   *
   * @return the copy
   */
  public JetlaneExtension withoutLeakCheck() {
    return new JetlaneExtension(config, false, automaticClock, listeners);
  }

  /**
   * Returns a copy of this extension with a clock that moves automatically, see {@link
   * ManualClock#automatic()}.
   *
   * @return the copy
   */
  public JetlaneExtension withAutomaticClock() {
    return new JetlaneExtension(config, leakCheck, true, listeners);
  }

  /**
   * Returns a copy of this extension with these listeners of the queue, which receive the events of
   * each test. They replace earlier ones.
   *
   * @param all the listeners
   * @return the copy
   * @throws InvalidInputException if one is null
   */
  public JetlaneExtension withListeners(QueueListener... all) {
    if (all == null || Arrays.stream(all).anyMatch(Objects::isNull)) {
      throw new InvalidInputException("listeners", null, "must not be null");
    }
    return new JetlaneExtension(config, leakCheck, automaticClock, List.of(all));
  }

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return TYPES.contains(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    World world =
        store(context)
            .getOrComputeIfAbsent(
                World.class, key -> new World(context.getUniqueId(), this), World.class);
    Class<?> type = parameter.getParameter().getType();
    if (type == ManualClock.class) {
      return world.clock;
    } else if (type == Faults.class) {
      return world.server.faults();
    }
    return type == TaskQueue.class ? world.queue : world.server;
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withEvents(context, failure);
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withEvents(context, failure);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withEvents(context, failure);
  }

  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withEvents(context, failure);
  }

  @Override
  public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withEvents(context, failure);
  }

  private Throwable withEvents(ExtensionContext context, Throwable failure) {
    World world = store(context).get(World.class, World.class);
    if (world != null) {
      failure.addSuppressed(new Events(world.server));
    }
    return failure;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    end(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    end(context);
  }

  private void end(ExtensionContext context) {
    World world = store(context).get(World.class, World.class);
    if (world == null || !world.owner.equals(context.getUniqueId())) {
      return;
    }
    try {
      if (leakCheck && context.getExecutionException().isEmpty()) {
        world.server.assertNoLeaks();
      }
    } finally {
      world.queue.close();
    }
  }

  private ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(ExtensionContext.Namespace.create(JetlaneExtension.class, this));
  }

  /** The objects of one test, or of the tests of one class. */
  private static final class World {

    /** The id of the test or class that it belongs to. */
    final String owner;

    final ManualClock clock;
    final InMemoryServer server;
    final TaskQueue queue;

    World(String owner, JetlaneExtension options) {
      this.owner = owner;
      clock = options.automaticClock ? ManualClock.automatic() : new ManualClock();
      server = InMemoryServer.create(clock);
      queue = server.connect(options.config, options.listeners);
    }
  }

  /** Carries the events of a server into the report of a failure. */
  private static final class Events extends Exception {

    private static final long serialVersionUID = 1L;

    Events(InMemoryServer server) {
      super(
          "events of the queue:" + InMemoryServer.lines(server.events()) + HandlerStacks.describe(),
          null,
          false,
          false);
    }
  }
}
