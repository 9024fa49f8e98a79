// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A JUnit 5 test that runs once for each of many seeds, see {@link Simulation}. The method has one
 * parameter, the simulation, and describes a history, which then runs. All histories use one
 * instance of the class, so the method must create the objects of a history itself.
 *
 * <p>A failed test shows the shortest failing history, as text and as a page in the folder {@code
 * jetlane.simulation.reports}, by default {@code target/simulation}.
 */
@Test
@ExtendWith(SimulatedTestExtension.class)
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface SimulatedTest {

  /**
   * Returns the number of histories.
   *
   * @return the number, from 1
   */
  int seeds() default 1000;

  /**
   * Returns the first seed; the others follow.
   *
   * @return the seed
   */
  long firstSeed() default 1;

  /**
   * Returns the real time, in seconds, after which no history begins.
   *
   * @return the time, in seconds
   */
  int maxSeconds() default 60;

  /**
   * Returns the lease of the tasks, in seconds of virtual time.
   *
   * @return the lease, in seconds
   */
  int leaseSeconds() default 30;

  /**
   * Returns the single history to repeat, as the report of a failure names it; empty for all seeds.
   *
   * @return the text of the history
   */
  String repeat() default "";
}
