// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Label;

/** The properties of the kit by the id of their rule. */
final class RuleIndex {

  private RuleIndex() {}

  /** Fails where two properties claim one rule. */
  static Map<String, Method> properties() {
    Map<String, Method> byRule = new TreeMap<>();
    for (Method method : TaskQueueConformance.class.getMethods()) {
      Label label = method.getAnnotation(Label.class);
      if (label != null && byRule.put(id(label), method) != null) {
        throw new IllegalStateException("two properties for " + id(label));
      }
    }
    return byRule;
  }

  static String id(Label label) {
    return label.value().substring(0, label.value().indexOf(' '));
  }

  static String text(Method property) {
    String label = property.getAnnotation(Label.class).value();
    return label.substring(label.indexOf(' ') + 1);
  }
}
