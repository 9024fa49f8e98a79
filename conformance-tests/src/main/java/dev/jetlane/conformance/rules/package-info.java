/**
 * The rules, one interface per family and one property per rule. {@code RULES.md} lists them.
 *
 * <p>A property describes the calls, as a script, a random plan or a scene. It is labelled with the
 * id of its rule and the words of {@code RULES.md}.
 */
@NullMarked
package dev.jetlane.conformance.rules;

import org.jspecify.annotations.NullMarked;
