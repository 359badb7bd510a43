package losses

type instances struct{}
