"""The loops of compiled programs, as functions of LLVM's assembly; names with a dollar are filled in.

In all of them `shared` are the numbers that lanes share, `columns` the arrays of what varies, `own` the sums of each
lane of a vector, and `kept` the factors of sums, kept for a block of vectors.
"""

from string import Template

KERNEL = Template("""\
define i64 @kernel(ptr %shared, ptr %columns, i64 %start, i64 %stop, ptr %outputs, ptr %missed, ptr %scratch) nounwind {
entry:
  $uniform
  %own = getelementptr $vector, ptr %scratch, i64 $crossings
  %kept = getelementptr $vector, ptr %own, i64 $sums
  br label %clear
clear:
  %c = phi i64 [ 0, %entry ], [ %d, %next ]
  %more = icmp slt i64 %c, $sums
  br i1 %more, label %next, label %steady
next:
  %zero = getelementptr $vector, ptr %own, i64 %c
  store $vector zeroinitializer, ptr %zero, align 64
  %d = add i64 %c, 1
  br label %clear
steady:
  %beyond = add i64 %stop, $last_lane
  %lanes = sub i64 %beyond, %start
  %vectors = sdiv i64 %lanes, $width
  $steady
  br label %block
block:
  %first = phi i64 [ %start, %steady ], [ %j, %tiles ]
  %before = phi i64 [ 0, %steady ], [ %worse_$last, %tiles ]
  %going = icmp slt i64 %first, %stop
  br i1 %going, label %vector, label %done
vector:
  %i = phi i64 [ %first, %block ], [ %j, %vector ]
  %n = phi i64 [ 0, %block ], [ %m, %vector ]
  %now = phi ptr [ %kept, %block ], [ %then, %vector ]
  %worse_0 = phi i64 [ %before, %block ], [ %worse_$last, %vector ]
  $pieces
  %j = add i64 %i, $width
  %m = add i64 %n, 1
  %then = getelementptr $vector, ptr %now, i64 1
  %room = icmp slt i64 %m, $block
  %left = icmp slt i64 %j, %stop
  %again = and i1 %room, %left
  br i1 %again, label %vector, label %tiles
tiles:
  $tiles
  br label %block
done:
  ret i64 %before
}""")

# Adds the sums of the first lanes of a vector up, lane by lane in their order, into an array.
TOTALS = Template("""\
define internal void @totals(ptr %own, ptr %into, i64 %lanes, i1 %first) nounwind {
entry:
  %limits = insertelement $whole poison, i64 %lanes, i64 0
  %limit = shufflevector $whole %limits, $whole poison, <$width x i32> zeroinitializer
  %there = icmp slt $whole <$places>, %limit
  br label %loop
loop:
  %c = phi i64 [ 0, %entry ], [ %d, %one ]
  %more = icmp slt i64 %c, $sums
  br i1 %more, label %one, label %done
one:
  %from = getelementptr $vector, ptr %own, i64 %c
  %all = load $vector, ptr %from, align 64
  %kept = select <$width x i1> %there, $vector %all, $vector zeroinitializer
  %at = getelementptr double, ptr %into, i64 %c
  %loaded = load double, ptr %at
  %before = select i1 %first, double 0.0, double %loaded
  %total = call double $reduce(double %before, $vector %kept)
  store double %total, ptr %at
  %d = add i64 %c, 1
  br label %loop
done:
  ret void
}""")

# The sums over lanes 0 to count; `whole` is count rounded down to whole vectors.
FEW = Template("""\
define void @few(ptr %shared, ptr %columns, i64 %whole, i64 %count, ptr %into, ptr %scratch) nounwind {
entry:
  %own = getelementptr $vector, ptr %scratch, i64 $crossings
  %first = call i64 @kernel(ptr %shared, ptr %columns, i64 0, i64 %whole, ptr null, ptr null, ptr %scratch)
  call void @totals(ptr %own, ptr %into, i64 $width, i1 true)
  %rest = sub i64 %count, %whole
  %some = icmp sgt i64 %rest, 0
  br i1 %some, label %tail, label %done
tail:
  %last = call i64 @kernel(ptr %shared, ptr %columns, i64 %whole, i64 %count, ptr null, ptr null, ptr %scratch)
  call void @totals(ptr %own, ptr %into, i64 %rest, i1 false)
  br label %done
done:
  ret void
}""")

# Adds terms up over a block of vectors.
TILE = Template("""\
define internal void @tile_$number(ptr %shared, ptr %columns, ptr %own, ptr %kept, i64 %start, i64 %vectors) $kind {
entry:
  $before
  br label %loop
loop:
  %n = phi i64 [ 0, %entry ], [ %m, %loop ]
  %i = phi i64 [ %start, %entry ], [ %j, %loop ]
  %now = phi ptr [ %kept, %entry ], [ %then, %loop ]
  $sums
  $body
  %m = add i64 %n, 1
  %j = add i64 %i, $width
  %then = getelementptr $vector, ptr %now, i64 1
  %more = icmp slt i64 %m, %vectors
  br i1 %more, label %loop, label %done
done:
  $after
  ret void
}""")

# Runs its body for n from 0 on.
EACH = Template("""\
define internal void @$name($arguments) $kind {
entry:
  $before
  br label %loop
loop:
  %n = phi i64 [ 0, %entry ], [ %m, %one ]
  %more = icmp slt i64 %n, $count
  br i1 %more, label %one, label %done
one:
  $body
  %m = add i64 %n, 1
  br label %loop
done:
  ret void
}""")

SINGLE = Template("""\
define i64 @single(ptr %inputs, ptr %outputs, ptr %scratch) nounwind {
entry:
  $pieces
  ret i64 %now_$last
}""")


def filled(template: Template, **parts: object) -> str:
    """Return a template with its parts, each a text or a sequence of lines."""
    texts = {name: "\n  ".join(part) if isinstance(part, list) else str(part) for name, part in parts.items()}
    return template.substitute(texts)
