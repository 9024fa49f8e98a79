// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Skips a rule and reports it as skipped, if the suite runs with prefetch. The rule cannot be
 * observed then, because tasks are leased before they are pulled.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface WithoutPrefetch {}
