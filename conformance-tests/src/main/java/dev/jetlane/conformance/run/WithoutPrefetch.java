package dev.jetlane.conformance.run;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A rule that is skipped, visibly, where the suite runs with prefetch: it cannot be observed then,
 * because tasks are leased before they are pulled.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface WithoutPrefetch {}
