// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.core.annotation.AliasFor;
import org.springframework.test.annotation.DirtiesContext;

/**
 * Runs a test with the whole application, including its listeners, on the in-memory queue. {@link
 * dev.jetlane.inmemory.InMemoryServer}, {@link dev.jetlane.inmemory.ManualClock} and {@link
 * dev.jetlane.inmemory.Faults} are beans beside the {@link dev.jetlane.TaskQueue}.
 *
 * <pre>{@code
 * @JetlaneTest
 * class OrdersTest {
 *   @Autowired InMemoryServer server;
 *   ...
 * }
 * }</pre>
 *
 * <p>Time stands still until the test moves the clock. A test waits for the listeners with {@link
 * dev.jetlane.inmemory.InMemoryServer#awaitWorkers()}. Each test method gets its own application,
 * so that its tasks reach no listener of another test. The events of the queue are attached to each
 * failure.
 *
 * <p>A {@link dev.jetlane.inmemory.simulation.SimulatedTest} of this class runs the listeners of
 * the application through many histories, with crashes and other faults: {@code
 * sim.process("orders", listeners::workOn)}, where {@code listeners} is the bean {@link
 * dev.jetlane.spring.TaskListeners}.
 *
 * <p>This annotation combines {@link SpringBootTest} and {@link AutoConfigureJetlane}. With other
 * annotations, such as {@code @SpringBootTest(webEnvironment = RANDOM_PORT)}, use the latter.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest
@AutoConfigureJetlane
@DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
public @interface JetlaneTest {

  /**
   * Returns properties of the application, as in {@link SpringBootTest#properties()}.
   *
   * @return each in the form {@code name=value}
   */
  @AliasFor(annotation = SpringBootTest.class, attribute = "properties")
  String[] properties() default {};

  /**
   * Returns the classes of the application, as in {@link SpringBootTest#classes()}.
   *
   * @return the classes; if there are none, Spring searches for the application
   */
  @AliasFor(annotation = SpringBootTest.class, attribute = "classes")
  Class<?>[] classes() default {};
}
