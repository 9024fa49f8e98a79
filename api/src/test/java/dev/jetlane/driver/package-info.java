@NullMarked
package dev.jetlane.driver;

import org.jspecify.annotations.NullMarked;
