/**
 * The nodes of Postgres's parser that a query may be made of. What is not among them is refused, so that a new kind of node
 * is looked at before it is let in.
 */
export const QUERY_NODES: ReadonlySet<string> = new Set(
  `SelectStmt CommonTableExpr ResTarget SortBy WindowDef GroupingSet GroupingFunc
  RangeVar RangeSubselect RangeFunction RangeTableSample RangeTableFunc RangeTableFuncCol JoinExpr ColumnDef
  ColumnRef ParamRef A_Expr A_Const A_Star A_Indices A_Indirection A_ArrayExpr BoolExpr
  TypeCast TypeName CollateClause FuncCall NamedArgExpr SubLink RowExpr
  CaseExpr CaseWhen CoalesceExpr MinMaxExpr NullTest BooleanTest SQLValueFunction XmlExpr XmlSerialize
  JsonTable JsonTableColumn JsonTablePathSpec JsonFuncExpr JsonValueExpr JsonArgument JsonObjectConstructor
  JsonArrayConstructor JsonArrayQueryConstructor JsonObjectAgg JsonArrayAgg JsonKeyValue JsonParseExpr JsonScalarExpr
  JsonSerializeExpr JsonIsPredicate JsonBehavior JsonOutput JsonFormat JsonReturning JsonAggConstructor
  Integer Float Boolean String BitString List DefElem SetToDefault MergeSupportFunc`.split(/\s+/),
);
