package dev.jetlane.inmemory.simulation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A JUnit 5 test that is run once for each of many seeds: {@link Simulation}. The method has one
 * parameter, the simulation, and begins a history with it; then the history takes place. All
 * histories are of one instance of the class: what differs between them is made in the method.
 *
 * <p>A failed test shows the shortest history in which something did not hold, as text and as a
 * page in the folder {@code jetlane.simulation.reports}, by default {@code target/simulation}.
 */
@Test
@ExtendWith(SimulatedTestExtension.class)
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface SimulatedTest {

  /** How many histories. */
  int seeds() default 1000;

  /** The first seed; the others follow. */
  long firstSeed() default 1;

  /** No history begins after so much real time. */
  int maxSeconds() default 60;

  /** The lease of the tasks, in seconds of virtual time. */
  int leaseSeconds() default 30;

  /** The one history to repeat, as the report of a failure names it; empty for all of the seeds. */
  String repeat() default "";
}
